"""A stand-in for the Qoder Cloud Agents API: real HTTP, both generations, a lively account, faults to order.

It knows nothing of the dashboard and shares no code with it. See Simulator for what can be set, Scripted and
Fleet for what it serves, serve for putting it on a port.
"""

from __future__ import annotations

from dashboard.simulator.faults import Fault
from dashboard.simulator.fleet import Fleet
from dashboard.simulator.requestlog import Request
from dashboard.simulator.scripted import Scripted
from dashboard.simulator.serving import serve
from dashboard.simulator.simulator import Simulator

__all__ = ["Fault", "Fleet", "Request", "Scripted", "Simulator", "serve"]
