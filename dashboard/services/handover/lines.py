"""The lines of a hand-over, section by section."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from django.db.models import Count, Exists, Max, Min, OuterRef, TextField, Value
from django.db.models.functions import Concat

from dashboard.domain.states import Health, Outcome, SlotOutcome
from dashboard.filters import NO_ERROR_TYPE
from dashboard.filters.parameters import HANDOVER_SECTIONS
from dashboard.models import DefinitionChange, Deployment, Key, Run, Slot
from dashboard.models.run_queries import UNDATED_AT
from dashboard.services.handover.health_stories import HealthStory
from dashboard.services.lists import badges
from dashboard.web import formatting, urls
from dashboard.web.components import Badge

MOST_LINES = 20  # of one section
MOST_OF_WHOLE = 500  # of one that is asked for whole
_LOST = (SlotOutcome.MISSED, SlotOutcome.LATE)


@dataclass(frozen=True)
class HandoverLine:
    """One line.

    name: of the deployment, or of an error; account: whose it is; url: where it leads
    badge: how it stands; None where that is not what the line is about; text: what happened
    at: when; error_type, error_line, error_url: of the run that shows it
    """

    name: str
    account: str
    url: str
    badge: Badge | None
    text: str
    at: datetime
    error_type: str = ""
    error_line: str = ""
    error_url: str = ""


@dataclass(frozen=True)
class HandoverSection:
    """What happened of one kind.

    number: of all lines, also where not all are shown; more_url: the others
    nothing: what is so where there is no line
    """

    key: str
    title: str
    lines: tuple[HandoverLine, ...]
    number: int
    more_url: str = ""
    nothing: str = ""

    @property
    def more(self) -> int:
        """How many lines are not shown."""
        return self.number - len(self.lines)


class KnownDeployment(NamedTuple):
    """What a deployment is called, and since when it fails now."""

    name: str
    failing_since: datetime | None


@dataclass(frozen=True)
class HandoverSpan:
    """From when and until when, and whom it is about: what is known of each deployment, by its key.

    chosen: whether that is some of the deployments, not all; whole: the section that is not cut
    """

    since: datetime
    until: datetime
    names: Mapping[Key, KnownDeployment]
    zone: tzinfo
    chosen: bool
    whole: str = ""

    def most(self, section: str) -> int:
        """How many lines of a section are shown."""
        return MOST_OF_WHOLE if section == self.whole else MOST_LINES


def health_sections(stories: Mapping[Key, HealthStory], span: HandoverSpan) -> Iterator[HandoverSection]:
    """What began to fail, what else needs somebody now, what still fails and what does no longer."""
    groups: dict[str, list[tuple[Key, HealthStory]]] = defaultdict(list)
    for key, story in stories.items():
        if key in span.names and (kind := _kind(story, _failing_since(key, story, span), span)):
            groups[kind].append((key, story))
    for rows in groups.values():
        rows.sort(key=lambda row: (_at(row[0], row[1], span), row[0]), reverse=True)
    runs = _failed_runs([row for kind in (_NEW, _STILL) for row in groups[kind][: span.most(kind)]])
    for kind, (title, nothing) in _TITLES.items():
        lines = (_health_line(key, story, span, runs) for key, story in groups[kind][: span.most(kind)])
        yield HandoverSection(kind, title, tuple(lines), len(groups[kind]), nothing=nothing)


def first_errors(span: HandoverSpan) -> HandoverSection:
    """The kinds of failure whose first run of all that are kept lies in the span; two queries."""
    failed = Run.objects.failed()
    earlier = failed.filter(fingerprint=OuterRef("fingerprint"), at__gt=UNDATED_AT, at__lt=span.since)
    # By their outcome, which has an index in order of time: a week has twenty times as many runs as failures.
    runs = failed.filter(status=Outcome.FAILED).within(span.since, span.until).filter(~Exists(earlier))
    runs = runs.for_deployments(span.names) if span.chosen else runs
    kinds = list(
        runs.order_by()
        .values("fingerprint")
        .annotate(
            first=Min("at"),
            number=Count("pk"),
            touched=Count(
                Concat(Concat("account", Value("\n")), "deployment_id", output_field=TextField()),
                distinct=True,
            ),
            sample=Min("pk"),
        )
        .order_by("-number", "fingerprint")
    )
    shown = kinds[: span.most(_ERRORS)]
    samples = Run.objects.in_bulk([kind["sample"] for kind in shown])
    lines = (_error_line(kind, samples[kind["sample"]]) for kind in shown)
    title, nothing = "Errors seen for the first time", "no error was new"
    return HandoverSection(_ERRORS, title, tuple(lines), len(kinds), nothing=nothing)


def lost_promises(span: HandoverSpan) -> HandoverSection:
    """The deployments with promised runs that did not come, or came late; one query."""
    slots = Slot.objects.filter(outcome__in=_LOST, at__gte=span.since, at__lt=span.until).order_by()
    counted = slots.values("account", "deployment_id", "outcome").annotate(
        number=Count("pk"), last=Max("at"), most=Max("late_s")
    )
    lost: dict[Key, dict[str, Any]] = defaultdict(dict)
    for row in counted:
        if (key := (row["account"], row["deployment_id"])) in span.names:
            lost[key][row["outcome"]] = row
    lines = sorted((_promise_line(key, rows, span) for key, rows in lost.items()), key=_newest, reverse=True)
    title, nothing = "Promised runs missed or late", "no promised run was missed or late"
    shown = tuple(lines[: span.most(_PROMISES)])
    return HandoverSection(_PROMISES, title, shown, len(lines), nothing=nothing)


def changed_definitions(span: HandoverSpan) -> HandoverSection:
    """The deployments whose definition was seen to be another one; two queries."""
    rows = DefinitionChange.objects.filter(seen_at__gt=span.since, seen_at__lte=span.until)
    whose = rows.values_list("pk", "account", "deployment_id")
    changes = [pk for pk, account, deployment_id in whose if (account, deployment_id) in span.names]
    newest = DefinitionChange.objects.filter(pk__in=changes[: span.most(_DEFINITIONS)]).defer("before_json")
    lines = tuple(_definition_line(row, span) for row in newest)
    nothing = "no definition changed"
    return HandoverSection(_DEFINITIONS, "Definitions changed", lines, len(changes), nothing=nothing)


_NEW, _OTHER, _STILL, _OVER, _ERRORS, _PROMISES, _DEFINITIONS, NOTES = HANDOVER_SECTIONS
_TITLES = {  # and what is so where there is none
    _NEW: ("Newly failing", "nothing began to fail"),
    _OTHER: ("Other new trouble", "nothing else needs attention"),
    _STILL: ("Still failing", "nothing has been failing for longer"),
    _OVER: ("No longer failing", "nothing stopped failing"),
}
_TROUBLES = {  # what a health other than failing comes from, also where it is over by now
    Health.MISSED: "a promised run did not start",
    Health.SILENT: "its schedule went by without a run",
    Health.BLOCKED: "its runs are skipped, none is in progress",
    Health.STUCK: "a run goes on beyond its limit",
    Health.LATE: "a promised run is overdue",
    Health.SLOW: "a run takes far longer than usual",
    Health.PAUSED_BY_ERROR: "an error paused it",
}


def _kind(story: HealthStory, failing_since: datetime | None, span: HandoverSpan) -> str:
    """Which section it belongs to; empty for none."""
    if story.ended == Health.FAILING:
        # What nobody had judged before may have failed for long when it was read.
        long = not story.began and failing_since is not None and failing_since < span.since
        return _STILL if long or story.began == Health.FAILING else _NEW
    if story.ended in Health.NEEDY and story.ended != story.began:
        return _OTHER
    return _OVER if story.failed and story.ended not in Health.NEEDY else ""


def _failing_since(key: Key, story: HealthStory, span: HandoverSpan) -> datetime | None:
    """Since when it fails, where it still does; None where that is not known any more."""
    return span.names[key].failing_since if story.stands.until_at is None else None


def _health_line(key: Key, story: HealthStory, span: HandoverSpan, runs: Mapping[Key, Run]) -> HandoverLine:
    account, deployment_id = key
    run = runs.get(key) if story.ended == Health.FAILING else None
    return HandoverLine(
        name=span.names[key].name,
        account=account,
        url=urls.deployment(deployment_id, account),
        badge=badges.of_many(story.ended),
        text=_text(story),
        at=_at(key, story, span),
        error_type=(run.error_type or NO_ERROR_TYPE) if run else "",
        error_line=run.error_line if run else "",
        error_url=urls.run(run.run_id, account) if run else "",
    )


def _at(key: Key, story: HealthStory, span: HandoverSpan) -> datetime:
    """Since when it is so: of what fails since its first failure in a row."""
    return (story.ended == Health.FAILING and _failing_since(key, story, span)) or story.stands.at


def _text(story: HealthStory) -> str:
    if story.ended == Health.FAILING:
        if story.failures > 1:
            return f"began to fail {story.failures} times"
        return "was well in between" if story.changes and story.began == Health.FAILING else ""
    if story.ended in Health.NEEDY:
        return _TROUBLES.get(story.ended, "")
    return f"failed for {formatting.age(_failed_for(story))}" if story.failures else "had failed before"


def _failed_for(story: HealthStory) -> timedelta:
    """How long it failed the last time that it began to."""
    began = next(row for row in reversed(story.changes) if row.after == Health.FAILING)
    return (began.until_at or began.at) - began.at


def _failed_runs(rows: Sequence[tuple[Key, HealthStory]]) -> dict[Key, Run]:
    """The run that shows why each of these fails: of those that still do the newest one; two queries."""
    standing = Deployment.objects.filter(deployment_id__in={key[1] for key, _ in rows})
    newest = {
        row.key: row.last_failure_id for row in standing.only("account", "deployment_id", "last_failure_id")
    }
    ids = {key: _run_id(story, newest.get(key, "")) for key, story in rows}
    # With their accounts: ids are looked for in an index that has these first.
    asked = Run.objects.filter(account__in={key[0] for key in ids}, run_id__in={*ids.values()} - {""})
    runs = {(run.account, run.run_id): run for run in asked}
    return {key: runs[key[0], id_] for key, id_ in ids.items() if (key[0], id_) in runs}


def _run_id(story: HealthStory, newest: str) -> str:
    return newest if story.stands.until_at is None and newest else story.stands.run_id


def _error_line(kind: Mapping[str, Any], sample: Run) -> HandoverLine:
    number, touched = kind["number"], kind["touched"]
    runs, deployments = formatting.counted(number, "run"), formatting.counted(touched, "deployment")
    return HandoverLine(
        name=sample.error_type or NO_ERROR_TYPE,
        account="",
        url=urls.failure(kind["fingerprint"]),
        badge=badges.outcome(Outcome.FAILED),
        text=f"{runs} of {deployments}",
        at=kind["first"],
        error_line=sample.error_line,
    )


def _promise_line(key: Key, rows: Mapping[str, Mapping[str, Any]], span: HandoverSpan) -> HandoverLine:
    account, deployment_id = key
    texts = [f"{rows[word]['number']:,} {word}" for word in _LOST if word in rows]
    if late := rows.get(SlotOutcome.LATE):
        texts.append(f"by {formatting.age(timedelta(seconds=late['most']))} at most")
    last = max(row["last"] for row in rows.values())
    return HandoverLine(
        name=span.names[key].name,
        account=account,
        url=urls.slot(deployment_id, last.astimezone(span.zone), account),
        badge=badges.of_many(Health.MISSED if SlotOutcome.MISSED in rows else Health.LATE),
        text=", ".join(texts),
        at=last,
    )


def _definition_line(row: DefinitionChange, span: HandoverSpan) -> HandoverLine:
    return HandoverLine(
        name=span.names[row.account, row.deployment_id].name,
        account=row.account,
        url=f"{urls.deployment(row.deployment_id, row.account)}#definition",
        badge=None,
        text=f"{', '.join(row.words)} changed",
        at=row.seen_at,
    )


def _newest(line: HandoverLine) -> tuple[datetime, str]:
    return line.at, line.name


def total(sections: Sequence[HandoverSection]) -> int:
    """How many lines there are in all."""
    return sum(section.number for section in sections)
