"""The words that pages have for what the oracle counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from django.utils import timezone

from dashboard.domain.states import Health, Outcome, SlotOutcome, Withdrawal
from dashboard.web import formatting
from tests.compare.oracle.reading import SeenRun, of, words
from tests.compare.oracle.standing import FEWEST, Standing
from tests.compare.worlds import DAY

LABELS = {
    Health.PAUSED_BY_ERROR: "paused by error",
    Health.NEVER_RAN: "never ran",
    Health.UNREAD: "not judged yet",
    Health.OUTCOME_UNKNOWN: "outcome unknown",
}
UNMET = (SlotOutcome.MISSED, SlotOutcome.UNOBSERVED)


def of_many(health: str) -> str:
    """What several deployments of a health are called."""
    return {Health.UNKNOWN: "not seen"}.get(health, LABELS.get(health, health))


def calm(healths: Counter[str]) -> str:
    """That nothing needs anybody, as far as is known."""
    return "Nothing is known to need you" if healths[Health.OUTCOME_UNKNOWN] else "Nothing needs you"


def outcome(status: str) -> str:
    """What a run of an outcome is called."""
    return {Outcome.STARTED: "outcome not reported", Outcome.GONE: "left the API"}.get(status, status)


def counts(number_of: Counter[str]) -> str:
    """How many runs of each outcome there are."""
    order = [*Outcome.KNOWN, *sorted(set(number_of) - set(Outcome.KNOWN))]
    return ", ".join(f"{number_of[word]} {outcome(word)}" for word in order if number_of[word]) or "no runs"


def badge(standing: Standing) -> str:
    """The word of a deployment's health; the API's own where that is more exact."""
    health, deployment = standing.health, standing.deployment
    if health == Health.UNKNOWN:
        return "not seen" if deployment.status == "active" else deployment.status
    if health == Health.PAUSED and deployment.paused_reason:
        reason = deployment.paused_reason
        return "paused by hand" if reason == "manual" else f"paused: {reason}"
    if health == Health.OUTCOME_UNKNOWN and standing.last_over and standing.last_over.gone_at is None:
        word = outcome(standing.last_over.status)
        return f"started, {word}" if standing.last_over.status == Outcome.STARTED else word
    return LABELS.get(health, health)


def first_line(message: str) -> str:
    """The first line that is not blank; of a Python traceback the first at the margin below it."""
    lines = message.strip().splitlines()
    if lines and lines[0].startswith("Traceback (most recent call last)"):
        lines = [line for line in lines[1:] if not line[:1].isspace() and line] or lines
    return next(iter(lines), "")


def detail(standing: Standing, length: Callable[..., str], age: Callable[..., str], *, rough: bool) -> str:
    """What more is known of a deployment's health."""
    health, at = standing.health, standing.at
    if health == Health.STUCK and standing.stuck_run:
        limit = standing.deployment.limit
        return age(at - standing.stuck_run.at) + (f", limit {length(limit)}" if limit else "")
    if health == Health.SLOW and standing.slow_run:
        run = standing.slow_run
        time = at - run.at if run.open else timedelta(milliseconds=run.ms or 0)
        slow = f"{age(time)} so far" if run.open else length(time)
        return f"{slow}, {_against(standing, time, length, rough=rough)}"
    if health == Health.MISSED:
        many = f"{len(standing.missed)} missed" if len(standing.missed) > 1 else ""
        if rough:
            return many or "nothing started"
        return f"{many}, nothing started" if many else "promised, and nothing started"
    if health == Health.LATE and standing.due:
        return f"{age(at - standing.due.at)} over"
    return _plain_detail(standing, rough=rough)


def too_long(standing: Standing, time: timedelta) -> str:
    """What a run of that length is called, where it is too long."""
    limit = standing.deployment.limit
    if limit and time >= limit:
        return f"{'at' if time == limit else 'over'} the limit {formatting.duration(limit)}"
    return Health.SLOW if standing.slow_from is not None and time >= standing.slow_from else ""


def usual(standing: Standing) -> str:
    """What is usual, and of how many runs."""
    if not standing.usual_ms:
        return ""
    number = len(standing.measured)
    runs = f"{number} run{'' if number == 1 else 's'}"
    return f"usual {formatting.duration_ms(standing.usual_ms)} (of {runs})"


def near_limit(standing: Standing) -> str:
    """That its runs usually take nearly as long as they may, or longer."""
    limit, time = standing.deployment.limit, timedelta(milliseconds=standing.usual_ms or 0)
    judged = len(standing.measured) >= FEWEST and standing.health != Health.ARCHIVED
    if not limit or not time or not judged or time < 0.8 * limit:
        return ""
    where = "near" if time < limit else "not below"
    return f"{usual(standing)}, {where} its limit {formatting.duration(limit)}"


def _against(standing: Standing, time: timedelta, length: Callable[..., str], *, rough: bool) -> str:
    """What is slow is held against the limit, where it is beyond that, else against the usual."""
    if standing.deployment.limit and time >= standing.deployment.limit:
        return too_long(standing, time)
    short = f"usual {length(timedelta(milliseconds=standing.usual_ms or 0))}"
    return short if rough else usual(standing)


def _plain_detail(standing: Standing, *, rough: bool) -> str:
    deployment = standing.deployment
    if standing.health == Health.SILENT:
        if rough:
            return "nothing runs"
        return "nothing runs any more" + ("" if standing.coming else ", and nothing is promised")
    if standing.health == Health.BLOCKED:
        return f"{len(standing.skipped)} skipped in a row" + ("" if rough else ", none ran")
    if standing.health == Health.UNKNOWN and standing.unseen:
        return "nobody was looking" if rough else "a slot passed while nobody was looking"
    if standing.health == Health.PAUSED and not deployment.paused_reason:
        return "reason not reported"
    if standing.health == Health.PAUSED_BY_ERROR:
        return words(of(deployment.raw, "paused_reason", "error", "type"))
    gone = standing.health == Health.ARCHIVED and deployment.gone_at
    return "no longer listed by the API" if gone else ""


def in_full(standing: Standing) -> str:
    """The same in the two largest units, and whether nothing is known of what ran since."""
    if standing.unreported_since:
        return "outcomes since are not reported"
    return detail(standing, formatting.duration, formatting.age, rough=False)


def roughly(standing: Standing) -> str:
    """The same in one unit."""
    return detail(standing, formatting.rough_age, formatting.rough_age, rough=True)


def moved(standing: Standing) -> str:
    """The newest promise of the last day that moved, where nothing ran since."""
    slots = [
        slot
        for slot in standing.slots(SlotOutcome.WITHDRAWN)
        if slot.reason == Withdrawal.MOVED and slot.at >= standing.now - DAY
    ]
    last = standing.last_run
    if not slots or (last and last.at >= slots[-1].at):
        return ""
    slot = slots[-1]
    to = f"to {moment(slot.moved_to)}" if slot.moved_to else "away"
    return f"next run moved from {moment(slot.at)} {to}, nothing ran"


def moment(at: datetime, zone: tzinfo | None = None) -> str:
    """An instant as tables show it."""
    return f"{timezone.localtime(at, zone):%a %-d %b %H:%M}"


STRIP_ORDER = (
    *(Outcome.COMPLETED, SlotOutcome.LATE, Outcome.FAILED, SlotOutcome.MISSED, Outcome.SKIPPED),
    *(Outcome.RUNNING, Outcome.PENDING, Outcome.STARTED, "not seen"),
)


def bars(standing: Standing, places: int) -> list[tuple[datetime, str, SeenRun | None]]:
    """The latest runs and unmet slots, newest first, each with its word."""
    late = {slot.run_id for slot in standing.slots(SlotOutcome.LATE)}
    runs = standing.runs[:places]
    shown: list[tuple[datetime, str, SeenRun | None]] = []
    for run in runs:
        started_late = run.id in late and run.status == Outcome.COMPLETED
        shown.append((run.at, SlotOutcome.LATE if started_late else run.status, run))
    for slot in standing.slots(*UNMET):
        if len(runs) < places or slot.at > runs[-1].at:
            shown.append(
                (slot.at, {SlotOutcome.UNOBSERVED: "not seen"}.get(slot.outcome, slot.outcome), None)
            )
    return sorted(shown, key=lambda item: item[0], reverse=True)[:places]


def strip(standing: Standing, places: int) -> str:
    """What the latest runs and slots come to."""
    shown = bars(standing, places)
    counted = Counter(word for _, word, _ in shown)
    order = [*STRIP_ORDER, *sorted(set(counted) - set(STRIP_ORDER))]
    words = ", ".join(f"{counted[word]} {outcome(word)}" for word in order if counted[word])
    return f"last {len(shown)}: {words}" if shown else "no runs yet"
