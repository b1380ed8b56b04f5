"""Hand-written records in the shape of the seeds' examples."""

from __future__ import annotations

import copy
import json
from pathlib import Path

from dashboard.simulator.records import Record

SEEDS = Path(__file__).parent / "seeds"


def seed(name: str) -> Record:
    """An example response, word for word."""
    response: Record = json.loads((SEEDS / f"{name}.json").read_text())
    return response


def run(number: int, **changes: object) -> Record:
    """A run; higher numbers are newer, by a second each."""
    record: Record = copy.deepcopy(seed("deployment_runs")["data"][0])
    at = f"2026-06-14T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.5Z"
    return record | {"id": f"drun_{number:032x}", "created_at": at, "triggered_at": at} | changes


def deployment(number: int, **changes: object) -> Record:
    """A deployment; higher numbers are newer, by a second each."""
    record: Record = copy.deepcopy(seed("deployments")["data"][0])
    at = f"2026-06-14T08:{number // 60:02}:{number % 60:02}Z"
    return record | {"id": f"dep_{number:032x}", "created_at": at} | changes


def run_id(number: int) -> str:
    return f"drun_{number:032x}"


def deployment_id(number: int) -> str:
    return f"dep_{number:032x}"
