"""What is handed over: what began, went on and ended with deployments between two instants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from dashboard.domain.states import Health, SlotOutcome
from dashboard.web import formatting
from tests.compare.figures import tidy, utc
from tests.compare.oracle import failing, wording
from tests.compare.oracle.changes import Change
from tests.compare.oracle.reading import SeenRun, Slot
from tests.compare.oracle.standing import Standing
from tests.compare.oracle.view import Look
from tests.compare.worlds import SECOND

Line = tuple[str, str, str, str]  # the name, the state, what happened with the error, and when
NEW, OTHER, STILL, OVER = "newly-failing", "other-trouble", "still-failing", "no-longer-failing"


class Story(NamedTuple):
    """A deployment between two instants. began: its health before; changes: what it became, oldest first."""

    row: Standing
    began: str
    changes: Sequence[Change]

    @property
    def ended(self) -> str:
        """Its health at the end."""
        return self.changes[-1].after if self.changes else self.began


def sections(look: Look, since: datetime) -> dict[str, list[Line]]:
    """The lines of each kind from an instant until now."""
    result: dict[str, list[Line]] = {}
    for story in _stories(look, since):
        if kind := _kind(story, since):
            result.setdefault(kind, []).append(_of_health(story, look))
    result |= {"first-errors": list(_first_errors(look, since)), "promises": list(_promises(look, since))}
    return {kind: sorted(lines) for kind, lines in result.items() if lines}


def _stories(look: Look, since: datetime) -> Iterator[Story]:
    for row in look.standings:
        changes = look.changes[row.deployment.key]
        before = [change for change in changes if change.at <= since]
        inside = [change for change in changes if since < change.at <= look.now]
        if row.health != Health.ARCHIVED:
            yield Story(row, before[-1].after if before else "", inside)


def _kind(story: Story, since: datetime) -> str:
    ended, failures = story.ended, story.row.failures
    if ended == Health.FAILING:
        long = not story.began and failures and failures[-1].at < since
        return STILL if long or story.began == Health.FAILING else NEW
    if ended in Health.NEEDY and ended != story.began:
        return OTHER
    failed = Health.FAILING in (story.began, *(change.after for change in story.changes))
    return OVER if failed and ended not in Health.NEEDY else ""


def _of_health(story: Story, look: Look) -> Line:
    """Since when it is so is compared of failing ones alone: others may have been judged twice in a turn."""
    row, number = story.row, sum(change.after == Health.FAILING for change in story.changes)
    name, badge = tidy(row.deployment.label), wording.of_many(story.ended)
    if story.ended == Health.FAILING:
        begun = row.failures[-1].at if row.failures else look.changes[row.deployment.key][-1].at
        text = f"began to fail {number} times" if number > 1 else ""
        if not text and story.changes and story.began == Health.FAILING:
            text = "was well in between"
        return name, badge, tidy(f"{text} {_error(row.last_failure)}"), utc(begun)
    if story.ended in Health.NEEDY:
        return name, badge, SEEN, ""
    return name, badge, f"failed for {_failed_for(story)}" if number else "had failed before", ""


SEEN = "by something"  # which of several things it was, is not compared


def _error(run: SeenRun | None) -> str:
    return f"{run.error_type or 'no error type'} {wording.first_line(run.error_message)}" if run else ""


def _failed_for(story: Story) -> str:
    place = max(n for n, change in enumerate(story.changes) if change.after == Health.FAILING)
    return formatting.age(story.changes[place + 1].at - story.changes[place].at)


def _first_errors(look: Look, since: datetime) -> Iterator[Line]:
    for kind, runs in failing.alike(look.runs).items():
        inside = [run for run in runs if run.at < look.now]
        if inside and runs[-1].at >= since:
            touched = formatting.counted(len({run.key for run in inside}), "deployment")
            text = f"{formatting.counted(len(inside), 'run')} of {touched}"
            yield kind[0] or "no error type", "failed", text, utc(runs[-1].at)


def _promises(look: Look, since: datetime) -> Iterator[Line]:
    for row in look.standings:
        lost = [
            slot
            for slot in row.slots(SlotOutcome.MISSED, SlotOutcome.LATE)
            if since <= slot.at < look.now and row.health != Health.ARCHIVED
        ]
        if lost:
            missed = any(slot.outcome == SlotOutcome.MISSED for slot in lost)
            badge = Health.MISSED if missed else Health.LATE
            yield tidy(row.deployment.label), badge, ", ".join(_lost(lost)), utc(lost[-1].at)


def _lost(slots: Sequence[Slot]) -> Iterator[str]:
    for outcome in (SlotOutcome.MISSED, SlotOutcome.LATE):
        if number := sum(slot.outcome == outcome for slot in slots):
            yield f"{number} {outcome}"
    late = [slot.late for slot in slots if slot.outcome == SlotOutcome.LATE]
    if late:
        yield f"by {formatting.age(timedelta(seconds=max(late) // SECOND))} at most"
