"""One calendar across now: what became of the past, what is promised, what is projected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from dashboard.filters import VIEWS, Query
from dashboard.filters.fields import EACH_JOBS_OWN, FIRST_YEAR, LAST_YEAR
from dashboard.models import Deployment
from dashboard.services.calendar import collisions, days, density_band, events, hourly_counts
from dashboard.services.calendar.date_range import DateRange, date_range
from dashboard.services.calendar.days import place_chips
from dashboard.services.calendar.events import CalendarDeployments
from dashboard.services.calendar.notices import notices, watch_notes
from dashboard.services.calendar.view_models import CalendarPage, Day
from dashboard.services.deployments import list as deployment_list
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting
from dashboard.web.components import ChoiceLink

_CUT = f"more than {events.MOST:,} runs or slots: not all of them are drawn, the counts are of all"


def calendar(query: Query, now: datetime) -> CalendarPage:
    """The page a query asks for. The number of database queries does not depend on the deployments."""
    span = date_range(query, now)
    fleet = events.fleet(list(Deployment.objects.matching(query, now)))
    happened = hourly_counts.by_hour(fleet.frequent, span)
    coming = hourly_counts.coming(fleet.frequent, span, now)
    unmet = hourly_counts.unmet(fleet.frequent, span)
    rare = place_chips(fleet, span, now)
    counted = days.tallied(rare.counted, happened, coming, unmet)
    shown = days.days_of(span, rare.entries, rare.more, counted, fleet.all.values(), query, now)
    return CalendarPage(
        filter=query,
        controls=deployment_list.controls(query, Snapshot(now)),
        view=span.view,
        views=tuple(ChoiceLink(view.capitalize(), query.url(view=view), view == span.view) for view in VIEWS),
        zone="each job's own zone" if span.each_own else str(span.zone),
        zone_note="" if span.each_own else _offset(span),
        zones=_zones(query, now),
        heading=_heading(span),
        previous_url=_stepped(query, span, -1),
        next_url=_stepped(query, span, 1),
        today_url="" if any(day.today for day in shown) else query.url(date=""),
        summary=_summary(shown),
        promised_text=_promised_said(fleet, span, now),
        now_text=f"{now.astimezone(span.zone):%H:%M}",
        shown_past=span.start <= now,
        shown_future=span.end > now,
        watch_notes=(*watch_notes(span, now), *([_CUT] if rare.cut else [])),
        facts=notices(fleet.all, span),
        days=shown,
        hum=density_band.density_band(fleet.frequent, span, query, happened, coming, unmet),
        clashes=collisions.collisions(fleet, span, query, now) if span.view == "clashes" else [],
        nothing=_nothing(query, fleet, shown),
        ics_url=_ics_url(query),
    )


def _ics_url(query: Query) -> str:
    """The same deployments as a feed; which days it holds does not depend on the view."""
    return query.of("/calendar.ics", "view", "date", "tz")


def _zones(query: Query, now: datetime) -> tuple[ChoiceLink, ...]:
    named = query.one("tz")
    known = {"": f"Mine: {now.tzinfo}", "UTC": "UTC", EACH_JOBS_OWN: "Each job's own"}
    if named not in known:
        known[named] = named
    return tuple(ChoiceLink(word, query.url(tz=tz), tz == named) for tz, word in known.items())


def _stepped(query: Query, span: DateRange, by: int) -> str:
    day = span.stepped(by)
    return query.url(date=day.isoformat()) if FIRST_YEAR <= day.year <= LAST_YEAR else ""


def _heading(span: DateRange) -> str:
    first, last = span.first, span.last
    if span.view == "month":
        return f"{span.day:%B %Y}"
    if first == last:
        return f"{first:%A %-d %B %Y}"
    if first.month == last.month:
        return f"{first.day} to {last:%-d %B %Y}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first:%-d %B}{year} to {last:%-d %B %Y}"


def _offset(span: DateRange) -> str:
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


def _promised_said(fleet: CalendarDeployments, span: DateRange, now: datetime) -> str:
    """Where promises end: beyond that edge everything is projected."""
    if span.end <= now:
        return ""
    edges = [edge for row in fleet.all.values() if (edge := events.promised_until(row, now)) and edge > now]
    if not edges:
        return ""
    first, last = (formatting.moment(edge.astimezone(span.zone)) for edge in (min(edges), max(edges)))
    return (
        f"Promised until {first}"
        + (f", the rarest until {last}" if first != last else "")
        + "; projected beyond"
    )


def _nothing(query: Query, fleet: CalendarDeployments, days: Sequence[Day]) -> str:
    if any(day.entries or any(vars(day.counts).values()) for day in days):
        return ""
    if not fleet.all:
        return "No deployment matches these filters" if query.active else "No deployment has been read yet"
    return "Nothing ran in these days, and nothing is promised"
