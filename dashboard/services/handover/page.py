"""The hand-over: what began, went on and ended between two instants, and what that is based on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from dashboard import filters
from dashboard.domain.times import to_the_second
from dashboard.filters import Query, timespans
from dashboard.services.deployments import list as deployment_list
from dashboard.services.handover.ended_notes import ended_notes
from dashboard.services.handover.health_stories import health_stories
from dashboard.services.handover.lines import (
    HandoverSection,
    HandoverSpan,
    KnownDeployment,
    changed_definitions,
    first_errors,
    health_sections,
    lost_promises,
    total,
)
from dashboard.services.lists import listing
from dashboard.services.lists.listing import FilteredPage
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting
from dashboard.web.components import Control, TimeRange

USUAL = "12h"  # what it is about where nothing is asked for
MOST_NAMED = 3  # lines of a section on the overview
SPANS = (USUAL, timespans.LAST_NIGHT, "24h", "7d")


@dataclass(frozen=True)
class VisitSummary:
    """What happened since a reader was here last: of each kind the first few lines; url: all of it."""

    left_at: datetime
    until: datetime
    sections: tuple[HandoverSection, ...]
    url: str


@dataclass(frozen=True)
class Handover(FilteredPage):
    """Everything that is handed over.

    since, until: in the reader's zone; fixed: the address of exactly this later on
    sections: each kind of what may have happened, also where nothing did
    basis: what should be known of how it was found, in sentences
    """

    filter: Query
    controls: tuple[Control, ...]
    span: TimeRange | None
    since: datetime
    until: datetime
    sections: tuple[HandoverSection, ...]
    basis: tuple[str, ...]
    fixed: str

    @property
    def filled(self) -> tuple[HandoverSection, ...]:
        """The sections in which something happened."""
        return tuple(section for section in self.sections if section.number)

    @property
    def nothing(self) -> str:
        """Of what there is nothing, in a sentence; empty where there is something of everything."""
        clauses = [section.nothing for section in self.sections if not section.number]
        if not clauses:
            return ""
        so_far = "as far as has been read, " if self.basis else ""
        most = f"{', '.join(clauses[:-1])} and " if clauses[1:] else ""
        sentence = f"{so_far}{most}{clauses[-1]}."
        return sentence[:1].upper() + sentence[1:]

    @property
    def text_url(self) -> str:
        """The same as a text."""
        return self.filter.of("/handover.md")

    @property
    def number(self) -> int:
        """How many lines there are in all."""
        return total(self.sections)


def handover(query: Query, snapshot: Snapshot) -> Handover:
    """What happened to the deployments that a query means; the number of queries depends on nothing shown."""
    since = timespans.since(query.one("since") or USUAL, snapshot.now)
    until = timespans.until(query.one("until"), snapshot.now) if query.one("until") else snapshot.now
    until = min(until, snapshot.now)
    sections, read_from = _sections(query, since, until, snapshot)
    sections = tuple(_with_rest(query, sections))
    fixed = query.with_values(since=query.one("since") or USUAL)
    return Handover(
        filter=query,
        controls=deployment_list.controls(query, snapshot),
        span=_span(query, snapshot.now),
        since=since,
        until=until,
        sections=sections,
        basis=tuple(_basis(since, until, read_from, snapshot)),
        fixed=listing.fixed_url(fixed, snapshot.now),
    )


def _span(query: Query, now: datetime) -> TimeRange:
    """The control of the span; what is shown where nothing is asked for is the one in force."""
    span = listing.time_range(query, SPANS, now)
    if query.one("since") or query.one("until"):
        return span
    usual, *others = span.presets
    return replace(span, presets=(replace(usual, current=True), *others))


def since_visit(left_at: datetime, snapshot: Snapshot) -> VisitSummary:
    """What happened since a reader left, and where all of it is."""
    query = filters.ask_handover(since=to_the_second(left_at))
    sections, _ = _sections(query, left_at, snapshot.now, snapshot)
    filled = (section for section in sections if section.number)
    named = (replace(section, lines=section.lines[:MOST_NAMED]) for section in filled)
    return VisitSummary(left_at, snapshot.now, tuple(_with_rest(query, named)), query.here)


def _with_rest(query: Query, sections: Iterable[HandoverSection]) -> Iterator[HandoverSection]:
    """The sections, each with the page of all its lines where some of them are not shown."""
    for section in sections:
        whole = section.more and query.one("all") != section.key
        more_url = f"{query.with_values(all=section.key).here}#{section.key}" if whole else ""
        yield replace(section, more_url=more_url)


def _sections(
    query: Query, since: datetime, until: datetime, snapshot: Snapshot
) -> tuple[tuple[HandoverSection, ...], datetime]:
    """Each kind of what may have happened, and since when changes of health could be read."""
    known = deployment_list.matching(query).values_list("account", "deployment_id", "name", "failing_since")
    names = {(account, id_): KnownDeployment(name or id_, failing) for account, id_, name, failing in known}
    stories = health_stories(since, until)
    span = HandoverSpan(since, until, names, snapshot.now.tzinfo or UTC, _chosen(query), query.one("all"))
    # Another kind of what is handed over goes here, as a section of its own.
    sections = (
        *health_sections(stories.of, span),
        first_errors(span),
        lost_promises(span),
        changed_definitions(span),
        *([ended_notes(span)] if snapshot.any_note else []),
    )
    return sections, stories.read_from


def _chosen(query: Query) -> bool:
    """Whether it is about some of the deployments."""
    return query.with_values(since="", until="").active


def _basis(since: datetime, until: datetime, read_from: datetime, snapshot: Snapshot) -> Iterator[str]:
    """What keeps it from being all that happened."""
    if since >= until:
        yield "Nothing lies between these instants."
        return
    if since < snapshot.kept_since:
        yield f"Nothing is kept of before {_moment(snapshot.kept_since, snapshot)}."
    if read_from > since:
        yield f"Changes of health are shown since {_moment(read_from, snapshot)} only: there are too many."
    for feed in snapshot.feeds:
        at = snapshot.judged_at.get(feed.account)
        if at and at < until:
            whose = f"Account {feed.account}" if len(snapshot.feeds) > 1 else "The API"
            yield f"{whose} was read last {_moment(at, snapshot)}: what happened since is not known."
    if not snapshot.coverage.covers(since):
        yield f"Runs: {snapshot.coverage.text_since(since)}."


def _moment(at: datetime, snapshot: Snapshot) -> str:
    return formatting.moment(at.astimezone(snapshot.now.tzinfo))
