"""One calendar across now: what became of the past, what is promised, what is projected."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from dashboard import durations
from dashboard.components import Link
from dashboard.filters import VIEWS, Query
from dashboard.filters.fields import EACH_JOBS_OWN, FIRST_YEAR, LAST_YEAR
from dashboard.models import Key
from dashboard.services import deployments
from dashboard.services.calendar import band, cells, clashes, density, events
from dashboard.services.calendar.events import Event, Fleet
from dashboard.services.calendar.parts import CalendarPage, Day, Entry
from dashboard.services.calendar.span import Span, span_of
from dashboard.services.calendar.watching import facts, watch_notes
from dashboard.services.selection import matching


def calendar(query: Query, now: datetime) -> CalendarPage:
    """The page a query asks for. The number of database queries does not depend on the deployments."""
    span = span_of(query, now)
    fleet = events.fleet(list(matching(query, now)))
    happened = density.by_hour(fleet.often, span)
    coming = density.coming(fleet.often, span, now)
    unmet = density.unmet(fleet.often, span)
    entries, counted = (_month if span.view == "month" else _hourly)(fleet, span, now)
    for day, states in cells.tallied(happened, coming, unmet).items():
        counted[day].update(states)
    days = cells.days(span, entries, counted, fleet.all.values(), query, now)
    return CalendarPage(
        filter=query,
        controls=deployments.controls(query),
        view=span.view,
        views=tuple(Link(view.capitalize(), query.url(view=view), view == span.view) for view in VIEWS),
        zone="each job's own zone" if span.each_own else str(span.zone),
        zone_note="" if span.each_own else _offset(span),
        zones=_zones(query, now),
        heading=_heading(span),
        previous_url=_stepped(query, span, -1),
        next_url=_stepped(query, span, 1),
        today_url="" if any(day.today for day in days) else query.url(date=""),
        summary=_summary(days),
        promised_said=_promised_said(fleet, span, now),
        now_said=f"{now.astimezone(span.zone):%H:%M}",
        shown_past=span.start <= now,
        shown_future=span.end > now,
        watch_notes=(*watch_notes(span, now), *_cut(entries)),
        facts=facts(fleet.all, span),
        days=days,
        hum=band.hum(fleet.often, span, query, happened, coming, unmet),
        clashes=clashes.clashes(fleet, span, query, now) if span.view == "clashes" else [],
        nothing=_nothing(query, fleet, days),
        ics_url=_ics_url(query),
    )


def _hourly(
    fleet: Fleet, span: Span, now: datetime
) -> tuple[dict[date, list[Entry]], defaultdict[date, Counter[str]]]:
    """Every event of the rare deployments as a chip of its own."""
    found = [
        *events.runs(fleet.rare, span, now),
        *events.slots(fleet.rare, span, now),
        *events.projected(fleet.rare.values(), span, now),
    ]
    placed = cells.by_day(found, span)
    entries = {day: [cells.entry(event, span) for event in mine] for day, mine in placed.items()}
    counted: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for day, mine in placed.items():
        counted[day].update(_states(mine))
    return entries, counted


def _month(
    fleet: Fleet, span: Span, now: datetime
) -> tuple[dict[date, list[Entry]], defaultdict[date, Counter[str]]]:
    """The rare deployments of each day, each in one chip."""
    by_day: defaultdict[date, defaultdict[Key, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for (day, key, state), number in density.by_day(fleet.rare, span).items():
        by_day[day][key][state] += number
    others = [*events.slots(fleet.rare, span, now), *events.projected(fleet.rare.values(), span, now)]
    for day, mine in cells.by_day(others, span).items():
        for event in mine:
            by_day[day][event.deployment.key][event.state] += 1
    entries = {day: cells.grouped(day, mine, fleet.rare, span) for day, mine in by_day.items()}
    counted: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for day, deployments_ in by_day.items():
        for states in deployments_.values():
            counted[day].update(states)
    for day, mine in cells.by_day(events.late(fleet.rare, span), span).items():
        counted[day].update(late=len(mine))
    return entries, counted


def _cut(entries: Mapping[date, list[Entry]]) -> tuple[str, ...]:
    """Says so where not everything is drawn."""
    cut = sum(map(len, entries.values())) >= events.MOST
    return (f"more than {events.MOST:,} runs or slots: not all of them are drawn",) if cut else ()


def _states(found: Iterable[Event]) -> Iterable[str]:
    for event in found:
        yield event.state
        if event.late_s > 0 and event.run_id:
            yield "late"


def _ics_url(query: Query) -> str:
    """The same deployments as a feed; which days it holds does not depend on the view."""
    return replace(query.with_values(view="", date="", tz=""), path="/calendar.ics").here


def _zones(query: Query, now: datetime) -> tuple[Link, ...]:
    named = query.one("tz")
    known = {"": f"Mine: {now.tzinfo}", "UTC": "UTC", EACH_JOBS_OWN: "Each job's own"}
    if named not in known:
        known[named] = named
    return tuple(Link(word, query.url(tz=tz), tz == named) for tz, word in known.items())


def _stepped(query: Query, span: Span, by: int) -> str:
    day = span.stepped(by)
    return query.url(date=day.isoformat()) if FIRST_YEAR <= day.year <= LAST_YEAR else ""


def _heading(span: Span) -> str:
    first, last = span.first, span.last
    if span.view == "month":
        return f"{span.day:%B %Y}"
    if first == last:
        return f"{first:%A %-d %B %Y}"
    if first.month == last.month:
        return f"{first.day} to {last:%-d %B %Y}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first:%-d %B}{year} to {last:%-d %B %Y}"


def _offset(span: Span) -> str:
    """How far the zone's clock is from UTC, on the first and the last day where that differs."""
    said = [f"UTC{at.astimezone(span.zone).isoformat()[-6:]}" for at in (span.start, span.end)]
    return said[0] if said[0] == said[1] else f"{said[0]}, then {said[1]}"


def _summary(days: Sequence[Day]) -> str:
    total: Counter[str] = Counter()
    for day in days:
        total.update(vars(day.counts))
    ran = total["completed"] + total["failed"] + total["other"]
    past = [f"{ran:,} {'run' if ran == 1 else 'runs'}"] if ran else []
    past += [f"{total[word]:,} {word}" for word in ("failed", "missed", "late") if total[word]]
    future = [f"{total[word]:,} {word}" for word in ("promised", "projected") if total[word]]
    said = [", ".join(past) + " so far"] if past else []
    return "; ".join(said + ([" and ".join(future) + " to come"] if future else []))


def _promised_said(fleet: Fleet, span: Span, now: datetime) -> str:
    """Where promises end: beyond that edge everything is projected."""
    if span.end <= now:
        return ""
    edges = [edge for row in fleet.all.values() if (edge := events.promised_until(row, now)) and edge > now]
    if not edges:
        return ""
    first, last = (durations.moment(edge.astimezone(span.zone)) for edge in (min(edges), max(edges)))
    return (
        f"Promised until {first}"
        + (f", the rarest until {last}" if first != last else "")
        + "; projected beyond"
    )


def _nothing(query: Query, fleet: Fleet, days: Sequence[Day]) -> str:
    if any(day.entries or any(vars(day.counts).values()) for day in days):
        return ""
    if not fleet.all:
        return "No deployment matches these filters" if query.active else "No deployment has been read yet"
    return "Nothing ran in these days, and nothing is promised"
