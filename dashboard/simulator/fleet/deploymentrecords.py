"""Deployments as the API lists them, out of their plans, their stories and the counters."""

from __future__ import annotations

from functools import cache

from dashboard.simulator.fleet import slots
from dashboard.simulator.fleet.catalogue import ENVIRONMENTS, TEAMS
from dashboard.simulator.fleet.counters import Counters, FleetCounters
from dashboard.simulator.fleet.marks import DAY, MINUTE, SECOND, mark, number, second_text
from dashboard.simulator.fleet.plans import Plan
from dashboard.simulator.fleet.stories import Story
from dashboard.simulator.fleet.troubles import TROUBLES, VAULT
from dashboard.simulator.records import Record

_NOTICE = 2 * MINUTE  # how long before it is due a slot is taken back


class UpcomingSlots:
    """The next five slots of each schedule, worked out again only when the first has passed."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[tuple[str, str], tuple[int, tuple[int, ...]]] = {}

    def after(self, expression: str, zone: str, now: int) -> tuple[int, ...]:
        """The next slots after now, in microseconds."""
        asked, coming = self._known.get((expression, zone), (now + 1, ()))
        if not (asked <= now < coming[0] if coming else False):
            coming = slots.upcoming(expression, zone, now)
            self._known[expression, zone] = now, coming
        return coming


def record(story: Story, counters: FleetCounters, upcoming: UpcomingSlots, now: int) -> Record:
    """One deployment as it is now; now in microseconds."""
    plan, archived = story.plan, story.archived_at
    counted = counters.by_deployment[plan.index]
    coming = _promised(story, upcoming, now)
    listed = () if archived or now >= story.silent_from else coming  # for what is silent nothing is promised
    return {
        "agent": plan.agent,
        "archived_at": second_text(archived) if archived else None,
        "created_at": second_text(story.created),
        "description": f"{plan.job.purpose}.",
        "environment_id": _environment(plan),
        "id": plan.key,
        "initial_events": [
            {"content": f"{plan.job.purpose} and report what you find.", "type": "user.message"}
        ],
        "metadata": {"cas_config": _cas_config(plan, counted, coming)} | _belonging(plan),
        "name": f"{plan.name}_archived_{archived // SECOND + 1}" if archived else plan.name,
        "paused_reason": _paused_reason(story),
        "resources": _resources(plan),
        "schedule": _schedule(story, counted, listed) if story.expression else None,
        "status": "paused" if story.paused else "active",
        "type": "deployment",
        "updated_at": second_text(story.updated),
        "vault_ids": _vaults(plan),
    }


def _promised(story: Story, upcoming: UpcomingSlots, now: int) -> tuple[int, ...]:
    """The slots to come that have not been taken back."""
    if not story.expression:
        return ()
    coming = upcoming.after(story.expression, story.plan.zone, now)
    return tuple(slot for slot in coming if slot > now + _NOTICE or not story.recedes(slot))


def _cas_config(plan: Plan, counted: Counters, coming: tuple[int, ...]) -> Record:
    stats: Record = {
        "consecutive_failures": counted.streak,
        "total_failures": counted.failures,
        "total_runs": counted.total,
    }
    # Stays filled while paused, and even once archived: the API's way, not a promise.
    stats |= {"next_trigger_at": second_text(coming[0])} if coming else {}
    return {
        "config": {
            "max_concurrent": plan.max_concurrent,
            "max_retries": plan.max_retries,
            "timeout_ms": plan.timeout_ms,
        },
        "session_strategy": "new_session",
        "stats": stats | _last("last_triggered_at", counted),
    }


def _belonging(plan: Plan) -> Record:
    """Whom it belongs to: of most a team, one of a few, and what it takes for granted; of some nobody."""
    team = TEAMS[plan.index * 7 % len(TEAMS)]
    if not team:
        return {}
    runbook = f"https://wiki.example.com/runbooks/{plan.job.name}"
    own = {"team": team, "owner": f"{team}-on-call@example.com", "tier": 1 + plan.index % 3}
    return own | ({"runbook": runbook} if plan.index % 8 else {"runbook": "ask whoever is on call"})


def _schedule(story: Story, counted: Counters, coming: tuple[int, ...]) -> Record:
    return {
        "expression": story.expression,
        "timezone": story.plan.zone,
        "type": "cron",
        "upcoming_runs_at": list(map(second_text, coming)),
    } | _last("last_run_at", counted)


def _last(key: str, counted: Counters) -> Record:
    return {key: second_text(counted.last)} if counted.last else {}


def _paused_reason(story: Story) -> Record | None:
    if story.paused == "error":
        return {"type": "error", "error": {"type": TROUBLES[VAULT].type}}
    return {"type": story.paused} if story.paused else None


@cache
def _environment(plan: Plan) -> str:
    which = plan.index % ENVIRONMENTS
    return mark("env", plan.seed % 97 * DAY + 1_733_000_000 * SECOND, number(plan.seed, "environment", which))


def _resources(plan: Plan) -> list[Record]:
    if plan.index % 3:
        return []
    url = f"https://github.com/example/{plan.job.name}"
    checkout = {"type": "branch", "name": "main"}
    return [{"type": "github_repository", "url": url, "checkout": checkout, "mount_path": "/workspace/repo"}]


def _vaults(plan: Plan) -> list[str]:
    vault = mark(
        "vault", plan.seed % 97 * DAY + 1_734_000_000 * SECOND, number(plan.seed, "vault", plan.index % 5)
    )
    return [vault] if plan.index % 4 == 3 else []
