"""Fleets as large as a wall may have to show, put straight into the mirror."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from dashboard.models import Deployment, Feed
from tests.factories import text

ODD = 10  # how many `odd` adds
MINUTE = timedelta(minutes=1)
ERROR = "Environment env_019fac66 is archived: it cannot start another session, choose one that is not"


def deployments(number: int, now: datetime, prefix: str = "nightly-report", **changes: Any) -> None:
    """That many deployments that are fine and fire within the hour, or are as `changes` says."""
    Deployment.objects.bulk_create(_deployment(f"{prefix}-{n:04}", now, n) for n in range(number))
    if changes:
        Deployment.objects.filter(name__startswith=prefix).update(**changes)


def failing(number: int, now: datetime) -> None:
    """That many that have failed for hours."""
    deployments(
        number,
        now,
        "warehouse-reconcile",
        streak=56,
        failing_since=now - timedelta(hours=28, minutes=41),
        last_success_at=now - timedelta(hours=29),
        last_error_type="environment_archived_error",
        last_error_message=f"{ERROR}\nand more",
    )


def odd(now: datetime) -> None:
    """One of each other health."""
    hour = timedelta(hours=1)
    day = 24 * hour
    deployments(1, now, "weekly-metrics", missed_at=now - 3 * hour, last_success_at=now - 7 * day)
    deployments(1, now, "price-watch", silent_at=now - day, silent_since=now - 6 * day)
    deployments(1, now, "inbox-triage", skipped_count=14, skipped_since=now - 14 * hour)
    deployments(
        1, now, "crash-cluster", open_since=now - hour, stuck_at=now - 41 * MINUTE, timeout_ms=1_800_000
    )
    deployments(1, now, "standup-digest", due_at=now - 11 * MINUTE)
    deployments(1, now, "queue-drain", slow_at=now, last_ms=2_114_000, usual_ms=804_000)
    paused = json.dumps({"paused_reason": {"error": {"type": "mcp_egress_blocked_error"}}})
    deployments(
        1,
        now,
        "seo-snapshot",
        status="paused",
        paused_reason="error",
        updated_at=now - day,
        record_json=paused,
    )
    deployments(1, now, "meeting-minutes", unseen_at=now + MINUTE)
    deployments(1, now, "month-end-close", last_run_at=None, last_success_at=None)
    deployments(1, now, "survey-summary", status="paused", paused_reason="manual", updated_at=now - 6 * day)


def feed(now: datetime, **changes: Any) -> Feed:
    """The account's feed, read just now."""
    fields = {
        "polled_at": now,
        "attempted_at": now,
        "succeeded_at": now,
        "runs_read": 9,
        "version": 1,
    } | changes
    return Feed.objects.create(account="default", **fields)


def stale(now: datetime) -> None:
    """The API has answered 503 for half an hour."""
    then = now - timedelta(minutes=30)
    Feed.objects.update(
        succeeded_at=then,
        failing_since=then,
        error_family="Unavailable",
        error_status=503,
        retry_at=now + MINUTE,
    )


def _deployment(name: str, now: datetime, number: int) -> Deployment:
    ahead = now + timedelta(minutes=number % 59 + 1, seconds=30)
    return Deployment(
        account="default",
        deployment_id=f"dep_019ec53e9420{name}",
        name=name,
        status="active",
        expression="0 * * * *",
        timezone="UTC",
        next_run_at=ahead,
        last_run_at=now - MINUTE,
        last_run_status="completed",
        last_success_at=now - MINUTE,
        record_json=json.dumps({"schedule": {"upcoming_runs_at": [text(ahead)]}}),
    )
