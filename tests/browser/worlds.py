"""States that a mirror can be in, each made in a moment, around an instant that is now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from dashboard.access import audit, share_links
from dashboard.access.audit import Actor
from dashboard.domain.states import Deed
from dashboard.models import AlertRule, Deployment, Feed, Note, QuietWindow, Run, Slot
from tests.factories import (
    Record,
    deployment_record,
    run_record,
    somebody,
    stored_deployments,
    stored_runs,
    text,
)

NAMES = ("invoice-match", "schema-drift", "weekly-metrics", "triage-inbox", "log-anomalies")
LONG = "W" * 256
HOSTILE = (
    LONG,
    "<script>document.title='taken'</script>" + "<b>" * 70,
    "\u202egnp.tseinrah\u202c " + "שלום " * 40,
    "ゟ" * 256,
)


def feed(now: datetime, **changes: Any) -> Feed:
    """A feed that was read three seconds ago."""
    fields = {"attempted_at": now, "polled_at": now, "succeeded_at": now - timedelta(seconds=3)}
    return Feed.objects.create(
        **{"account": "default", "version": 7, "runs_read": 1_300, **fields, **changes}
    )


def fleet(now: datetime) -> None:
    """Two dozen deployments, the first five with 130 runs, 75 of which failed; every state of health."""
    feed(now)
    named = [_deployment(name, now) for name in NAMES]
    others = [_deployment(f"nightly-{number:02}", now) for number in range(15)]
    odd = [
        _deployment("never-ran", now),
        _deployment("paused-by-hand", now, status="paused", paused_reason={"type": "manual"}),
        _deployment(
            "paused-by-error",
            now,
            status="paused",
            paused_reason={"type": "error", "error": {"type": "vault_archived_error"}},
        ),
        _deployment("by-hand-only", now, schedule=None),
    ]
    stored_deployments(*named, *others, *odd, now=now)
    stored_runs(*[_run(number, now) for number in range(130)], *[_ok(n, now) for n in range(15)], now=now)
    Deployment.objects.filter(name="schema-drift").update(streak=1_234)


def night(now: datetime, zone: str) -> None:
    """Three deployments that fire between one and four at night: two take long, and overlap."""
    feed(now)
    for name, minutes, when in (("backup", 40, "50 1"), ("export", 30, "0 2"), ("brief", 1, "30 3")):
        schedule = {"type": "cron", "expression": f"{when} * * *", "timezone": zone, "upcoming_runs_at": []}
        stored_deployments(_deployment(name, now, schedule=schedule), now=now)
        Deployment.objects.filter(name=name).update(usual_ms=minutes * 60_000)


def planned(now: datetime) -> None:
    """The fleet, slots that came to every end around now, and one deployment that fires all day long."""
    fleet(now)
    outcomes = ("on time", "late", "missed", "skipped", "unobserved", "withdrawn", "running")
    daily = {"type": "cron", "expression": "0 9 * * *", "timezone": "UTC", "upcoming_runs_at": []}
    stored_deployments(*[_deployment(f"daily-{n:02}", now, schedule=daily) for n in range(7)], now=now)
    hour = now.replace(minute=0, second=0)
    for number in range(42):
        at, outcome = hour - timedelta(minutes=80 * number + 40), outcomes[number % len(outcomes)]
        _slot(f"dep_daily-{number % 7:02}", at, outcome, now)
    for number in range(7):
        _slot(f"dep_daily-{number:02}", hour + timedelta(hours=number + 1, minutes=30), "due", now)
    frequent = {"type": "cron", "expression": "*/5 * * * *", "timezone": "UTC"}
    stored_deployments(
        _deployment("uptime-probe", now, schedule=frequent | {"upcoming_runs_at": []}), now=now
    )
    every = timedelta(minutes=5)
    stored_runs(
        *[run_record(2_000 + n, now - n * every, deployment_id="dep_uptime-probe") for n in range(99)]
    )


def calm(now: datetime) -> None:
    """Everything went well."""
    feed(now)
    stored_deployments(*[_deployment(f"nightly-{number:02}", now) for number in range(15)], now=now)
    stored_runs(*[_ok(number, now, hours=3) for number in range(15)], now=now)


def empty(now: datetime) -> None:
    """Read, and there is nothing."""
    feed(now, runs_read=0)


def unread(now: datetime) -> None:
    """Nothing has been read yet."""


def stale(now: datetime) -> None:
    """The fleet, and an API that has refused to answer for half an hour, with words of its own."""
    fleet(now)
    Feed.objects.update(
        succeeded_at=now - timedelta(minutes=31),
        failing_since=now - timedelta(minutes=30),
        retry_at=now + timedelta(minutes=4),
        error_family="Throttled",
        error_status=429,
        error_type="rate_limit_error",
        error_message="Number of requests has exceeded the limit of this workspace. " + LONG,
        error_request_id="req_019ec53e942",
    )


def retried(now: datetime) -> None:
    """A failure and its retry, a run that left the API, one that runs on and one it kept from starting."""
    feed(now)
    stored_deployments(_deployment("a", now), now=now)
    minute = timedelta(minutes=1)
    retry: Record = {"trigger_context": {"type": "retry"}, "cas_run_extras": {"attempt": 2}}
    stored_runs(
        run_record(1, now - 50 * minute, duration_ms=9_000),
        run_record(2, now - 40 * minute, "failed"),
        run_record(3, now - 39 * minute, duration_ms=90_000, **retry),
        run_record(4, now - 30 * minute, "running"),
        run_record(5, now - 20 * minute, "running"),
        run_record(6, now - 10 * minute, "skipped"),
        now=now,
    )
    Run.objects.filter(run_id=f"drun_{4:032x}").update(gone_at=now - 25 * minute)


def hostile(now: datetime) -> None:
    """Names, ids, words and errors as long and as odd as the API lets them be."""
    feed(now, words={"status": ["z" * 100], "trigger_type": ["y" * 100]}, runs_read=10**9)
    stored_deployments(*[_strange(number, name, now) for number, name in enumerate(HOSTILE)], now=now)
    stored_runs(*[_strange_run(number, name, now) for number, name in enumerate(HOSTILE)], now=now)
    Deployment.objects.filter(deployment_id="dep_h0").update(streak=123_456, last_failure_at=now)
    _known(now)


def _known(now: datetime) -> None:
    """What somebody knows of it: acknowledged, noted, and planned as long as it may be."""
    for number, name in enumerate(HOSTILE[:2]):
        about = {"account": "default", "deployment_id": f"dep_h{number}", "label": name}
        more = {"ticket": f"https://t.example/{LONG}", "author": "W" * 150, "written_at": now}
        note = Note.objects.create(text=f"{name}\n{name}", acknowledges=not number, **about, **more)
        where = {"account": "default", "deployment_id": f"dep_h{number}"}
        if not number:
            note.acknowledgements.create(cause="failing", since_at=now, **where)
    QuietWindow.objects.create(
        name="W" * 60, address=f"/deployments/?q={LONG}", days="0123456", covers=4, made_at=now
    )


def people(now: datetime) -> None:
    """The same, and people, a rule and a trail with names like that."""
    hostile(now)
    names = ("W" * 150, "W" * 149 + "a", "ana")
    for name in names:
        audit.record(Deed.INVITED, Actor(name, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"), HOSTILE[1])
    User.objects.bulk_create(User(username=name, is_active=name == "ana") for name in names)
    AlertRule.objects.create(
        name="W" * 60,
        address=f"/deployments/?q={LONG}",
        target=f"{'w' * 200}@team.example",
        failing_since=now,
        last_error=HOSTILE[1],
        made_at=now,
    )


def _deployment(name: str, now: datetime, **changes: Any) -> Record:
    schedule = {
        "type": "cron",
        "expression": "20 1/2 * * *",
        "timezone": "Asia/Kolkata",
        "upcoming_runs_at": [text(now + timedelta(hours=2 * hour)) for hour in (1, 2, 3, 4, 5)],
    }
    return deployment_record(name, schedule=schedule, description="Look at it.") | changes


def _slot(deployment_id: str, at: datetime, outcome: str, now: datetime) -> None:
    fields = {"gap_s": 86_400, "seen_at": now - timedelta(days=3), "outcome": outcome}
    Slot.objects.create(account="default", deployment_id=deployment_id, at=at, **fields)


def _run(number: int, now: datetime) -> Record:
    """The newest is running, then three in five failed, by the names in turn."""
    in_turn = ("failed", "failed", "completed", "failed", "skipped")
    status = in_turn[number // 5 % 5] if number else "running"
    changes: Record = {"deployment_id": f"dep_{NAMES[number % 5]}"}
    if status == "completed":
        changes["duration_ms"] = 1_000 * (number + 1)
    return run_record(number, now - timedelta(minutes=11 * number, seconds=40), status, **changes)


def _ok(number: int, now: datetime, hours: int = 30) -> Record:
    at = now - timedelta(hours=hours, minutes=number)
    return run_record(1_000 + number, at, deployment_id=f"dep_nightly-{number:02}")


def _strange(number: int, name: str, now: datetime) -> Record:
    return _deployment(name, now) | {
        "id": f"dep_h{number}",
        "description": name,
        "agent": {"id": LONG, "type": "agent", "version": 10**15},
        "environment_id": LONG,
        "status": "z" * 100 if number == 3 else "active",
    }


def _strange_run(number: int, name: str, now: datetime) -> Record:
    at = now - timedelta(minutes=number)
    error = {"type": LONG, "message": f"{name}\n{LONG}\n" * 7}
    changes: Record = {"deployment_id": f"dep_h{number}", "error": error, "session_id": LONG}
    changes["trigger_context"] = {"type": "y" * 100}
    return run_record(number, at, "z" * 100 if number == 3 else "failed", **changes)


def linked(now: datetime) -> None:
    """Links of every state, one with the longest name there can be."""
    fleet(now)
    longest = somebody("W" * 150)
    for name, query in (("Kitchen", "/calendar.ics"), ("W" * 100, "/calendar.ics?q=" + "W" * 256)):
        share_links.make(name, "calendar", query, made_by=longest, now=now, lasts=timedelta(days=7))
    gone, _ = share_links.make("Gone", "badge", "/badges/dep_a.svg", made_by=somebody(), now=now, lasts=None)
    share_links.revoke(gone, now, Actor("administrator"))
    old, _ = share_links.make(
        "Old", "calendar", "/calendar.ics", made_by=somebody(), now=now, lasts=timedelta(seconds=-1)
    )
    share_links.note_use(old, now, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")
