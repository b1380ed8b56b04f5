"""Qoder deployments dashboard: what the scheduled agents did, and what they will do next."""

from __future__ import annotations

__version__ = "0.1.0"
