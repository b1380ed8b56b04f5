"""A large fleet straight in the mirror: 500 deployments, a hundred of them every five minutes.

Written without the API: what is measured with it is the reading of a long history, not its making.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from dashboard.domain.cron import Schedule
from dashboard.domain.slots import gap_s
from dashboard.domain.states import Outcome, SlotOutcome
from dashboard.models import Deployment, Run, Slot, Tally
from dashboard.models.tally import quarter
from dashboard.services.sync.upsert import upsert

ACCOUNT = "bench"
DAYS = 21  # of history
FREQUENT = 100  # deployments of every five minutes
PROMISED = 5  # instants of each
_RARE = (("{m} {h} * * *", 200), ("{m} */4 * * *", 150), ("{m} {h} * * {d}", 50))
_ZONES = ("UTC", "Europe/Berlin", "Asia/Shanghai", "America/New_York")


def fill(now: datetime, days: int = DAYS) -> int:
    """Write the fleet, its runs, tallies and slots into the mirror; how many runs it counts."""
    fleet = list(_deployments(now))
    runs = 0
    with transaction.atomic():
        upsert(fleet, ["account", "deployment_id"], ["name"])
        for deployment in fleet:
            runs += _history(deployment, now, days)
    return runs


def _deployments(now: datetime) -> Iterator[Deployment]:
    expressions = ["*/5 * * * *"] * FREQUENT
    for form, number in _RARE:
        expressions += [form.format(m=n * 7 % 60, h=n * 5 % 24, d=n % 7) for n in range(number)]
    for n, expression in enumerate(expressions):
        zone = _ZONES[n % len(_ZONES)]
        ahead = Schedule(expression, zone).between(now, now + timedelta(days=60))
        promised = [at for _, at in zip(range(PROMISED), ahead, strict=False)]
        upcoming = [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in promised]
        yield Deployment(
            account=ACCOUNT,
            deployment_id=f"dep_fleet_{n:04}",
            name=f"Fleet {n:04}",
            status="active",
            agent_id=f"agent_{n % 20}",
            environment_id=f"env_{n % 5}",
            expression=expression,
            timezone=zone,
            cadence_s=gap_s(promised),
            next_run_at=promised[0],
            record_json=json.dumps({"schedule": {"upcoming_runs_at": upcoming}}),
        )


def _history(deployment: Deployment, now: datetime, days: int) -> int:
    """Write what became of one deployment; of one that fires often a calendar reads no single run."""
    schedule = Schedule(deployment.expression, deployment.timezone)
    runs, slots = [], []
    tallies: Counter[tuple[int, str]] = Counter()
    for n, at in enumerate(schedule.between(now - timedelta(days=days), now)):
        run = _run(deployment, n, at, Outcome.FAILED if n % 23 == 7 else Outcome.COMPLETED)
        outcome = _slot_outcome(n)
        tallies[quarter(at), run.status] += 1
        runs += [] if schedule.frequent else [run]
        slots += [] if schedule.frequent and outcome == SlotOutcome.ON_TIME else [_slot(run, at, outcome)]
    upsert(runs, ["account", "run_id"], ["at"])
    upsert(slots, ["account", "deployment_id", "at"], ["outcome"])
    upsert(
        [
            Tally(
                account=ACCOUNT,
                deployment_id=deployment.deployment_id,
                quarter=when,
                status=status,
                number=number,
            )
            for (when, status), number in tallies.items()
        ],
        ["account", "deployment_id", "quarter", "status"],
        ["number"],
    )
    return tallies.total()


def _slot_outcome(number: int) -> str:
    """Of a hundred slots about one is missed and two are late."""
    if number % 97 == 50:
        return SlotOutcome.MISSED
    return SlotOutcome.ON_TIME if number % 41 else SlotOutcome.LATE


def _run(deployment: Deployment, number: int, at: datetime, status: str) -> Run:
    failed = status == Outcome.FAILED
    return Run(
        account=ACCOUNT,
        run_id=f"drun_{deployment.deployment_id}_{number}",
        deployment_id=deployment.deployment_id,
        agent_id=deployment.agent_id,
        status=status,
        status_reported=True,
        open=False,
        trigger_type="schedule",
        at=at,
        duration_ms=17_000,
        has_error=failed,
        error_type="timeout_error" if failed else "",
        record_json="{}",
    )


def _slot(run: Run, at: datetime, outcome: str) -> Slot:
    return Slot(
        account=ACCOUNT,
        deployment_id=run.deployment_id,
        at=at,
        gap_s=300,
        outcome=outcome,
        run_id="" if outcome == SlotOutcome.MISSED else run.run_id,
        late_s=180 if outcome == SlotOutcome.LATE else 1,
        seen_at=at - timedelta(hours=1),
        settled_at=at,
    )
