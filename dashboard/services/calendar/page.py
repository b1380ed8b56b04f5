"""One calendar across now: what became of the past, what is promised, what is projected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dashboard.domain.states import CalendarState, Outcome, SlotOutcome
from dashboard.filters import VIEWS, Query
from dashboard.filters.fields import EACH_JOBS_OWN, FIRST_YEAR, LAST_YEAR
from dashboard.services.calendar import collisions, events, hourly_counts
from dashboard.services.calendar.date_range import DateRange, date_range
from dashboard.services.calendar.day_entries import day_entries, with_frequent
from dashboard.services.calendar.days import grid_days
from dashboard.services.calendar.density_band import density_band, density_days
from dashboard.services.calendar.events import CalendarDeployments
from dashboard.services.calendar.notices import notices, watch_notes
from dashboard.services.calendar.state_words import label
from dashboard.services.calendar.totals import DayTotals
from dashboard.services.calendar.unread import unread_days
from dashboard.services.calendar.view_models import CalendarPage, Day, KeyItem
from dashboard.services.deployments import list as deployment_list
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting
from dashboard.web.components import ChoiceLink

_NOTICES = 3  # shown at once, the others are folded
_PAST_KEY = (
    Outcome.COMPLETED,
    Outcome.FAILED,
    SlotOutcome.MISSED,
    SlotOutcome.LATE,
    SlotOutcome.SKIPPED,
    SlotOutcome.UNOBSERVED,
    SlotOutcome.WITHDRAWN,
)


def calendar(query: Query, snapshot: Snapshot) -> CalendarPage:
    """The page a query asks for. The number of database queries does not depend on the deployments."""
    now = snapshot.now
    dates = date_range(query, now)
    deployments = CalendarDeployments.of(list(deployment_list.matching(query)))
    by_hour = (
        hourly_counts.runs_by_hour(deployments.frequent, dates),
        hourly_counts.firings_by_hour(deployments.frequent, dates, now),
        hourly_counts.unmet_by_hour(deployments.frequent, dates),
    )
    held = day_entries(deployments, dates, now)
    counts = with_frequent(held.counts, *by_hour)
    density = density_days(deployments.frequent, dates, query, *by_hour)
    unread = unread_days(dates, snapshot.feeds_of(query.many("account")), now)
    days = grid_days(dates, held, counts, density, unread, deployments.all.values(), query, now)
    remarks = notices(deployments.all, dates)
    empty_text = _empty_text(query, deployments, days, snapshot.so_far)
    today_url, today_word = _today(query, dates, days, empty_text)
    return CalendarPage(
        filter=query,
        controls=deployment_list.controls(query, snapshot, "deployment"),
        view=dates.view,
        views=tuple(
            ChoiceLink(view.capitalize(), query.url(view=view), view == dates.view) for view in VIEWS
        ),
        zone="each job's own zone" if dates.each_own else str(dates.zone),
        zone_note="" if dates.each_own else _offset(dates),
        zones=_zones(query, now),
        heading=_heading(dates),
        previous_url=_step_url(query, dates, -1),
        next_url=_step_url(query, dates, 1),
        today_url=today_url,
        today_word=today_word,
        summary=_summary([day for day in days if not day.outside]),
        promised_text=_promised_text(deployments, dates, now),
        now_text=f"{now.astimezone(dates.zone):%H:%M}",
        key=_key(dates, now, unreported=any(day.totals.unreported for day in days)),
        watch_notes=watch_notes(dates),
        notices=remarks[:_NOTICES],
        more_notices=remarks[_NOTICES:],
        days=days,
        density=density_band(deployments.frequent, [day for day in days if not day.outside]),
        collisions=collisions.collisions(deployments, dates, query, now) if dates.view == "clashes" else [],
        no_collision_text=collisions.no_collision_text(dates, query, now, snapshot.so_far),
        empty_text=empty_text,
        ics_url=_ics_url(query),
    )


def _today(query: Query, dates: DateRange, days: Sequence[Day], empty_text: str) -> tuple[str, str]:
    """What leads to now, and its word; without a link where the page has no place for now."""
    if not any(day.today for day in days):
        return query.url(date=""), "Today"
    if empty_text or dates.view == "clashes":
        return "", "Today"
    return "#now", "Today" if dates.view == "month" else "Now"


def _key(dates: DateRange, now: datetime, *, unreported: bool) -> tuple[KeyItem, ...]:
    """What the shapes mean, for the side of now that is in view.

    unreported: whether there are runs in view whose outcome is not reported
    """
    states = (*_PAST_KEY, *((Outcome.STARTED,) if unreported else ()))
    past = [KeyItem(state, label(state)) for state in states] if dates.start <= now else []
    future = (
        KeyItem(SlotOutcome.DUE, label(SlotOutcome.DUE)),
        KeyItem(CalendarState.PROJECTED, "projected from the schedule"),
    )
    return (*past, *(future if dates.end > now else ()))


def _ics_url(query: Query) -> str:
    """The same deployments as a feed; which days it holds does not depend on the view."""
    return query.of("/calendar.ics", "view", "date", "tz")


def _zones(query: Query, now: datetime) -> tuple[ChoiceLink, ...]:
    named = query.one("tz")
    known = {"": f"Mine: {now.tzinfo}", "UTC": "UTC", EACH_JOBS_OWN: "Each job's own"}
    if named not in known:
        known[named] = named
    return tuple(ChoiceLink(word, query.url(tz=tz), tz == named) for tz, word in known.items())


def _step_url(query: Query, dates: DateRange, by: int) -> str:
    day = dates.stepped(by)
    return query.url(date=day.isoformat()) if FIRST_YEAR <= day.year <= LAST_YEAR else ""


def _heading(dates: DateRange) -> str:
    first, last = dates.first, dates.last
    if dates.view == "month":
        return f"{dates.day:%B %Y}"
    if first == last:
        return f"{first:%A %-d %B %Y}"
    if first.month == last.month:
        return f"{first.day} to {last:%-d %B %Y}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first:%-d %B}{year} to {last:%-d %B %Y}"


def _offset(dates: DateRange) -> str:
    """How far the zone's clock is from UTC, on the first and the last day where that differs."""
    first, last = (f"UTC{at.astimezone(dates.zone).isoformat()[-6:]}" for at in (dates.start, dates.end))
    return first if first == last else f"{first}, then {last}"


def _summary(days: Sequence[Day]) -> str:
    """Those days in one sentence: what ran so far, what is to come."""
    total = DayTotals.sum(day.totals for day in days)
    past = [f"{total.runs:,} {'run' if total.runs == 1 else 'runs'}"] if total.runs else []
    past += [f"{figure.number:,} {figure.word}" for figure in total.troubles]
    future = [f"{figure.number:,} {figure.word}" for figure in total.coming]
    sentences = [", ".join(past) + " so far"] if past else []
    sentences += [" and ".join(future) + " to come"] if future else []
    if unread := sum(day.unread is not None for day in days):
        sentences.append(f"{unread:,} {'day' if unread == 1 else 'days'} not fully read")
    return "; ".join(sentences)


def _promised_text(deployments: CalendarDeployments, dates: DateRange, now: datetime) -> str:
    """Where promises end: beyond that edge everything is projected."""
    if dates.end <= now:
        return ""
    edges = [
        edge
        for deployment in deployments.all.values()
        if (edge := events.promised_until(deployment, now)) and edge > now
    ]
    if not edges:
        return ""
    first, last = (formatting.moment(edge.astimezone(dates.zone)) for edge in (min(edges), max(edges)))
    rarest = f", the rarest until {last}" if first != last else ""
    return f"Promised until {first}{rarest}; projected beyond"


def _empty_text(query: Query, deployments: CalendarDeployments, days: Sequence[Day], so_far: str) -> str:
    """Why nothing is in view; empty where something is. so_far: what that ends with while not all is read."""
    if any(day.entries.shown or day.totals != DayTotals() for day in days):
        return ""
    if not deployments.all:
        none = f"No deployment matches these filters{so_far}"
        return none if query.active else "No deployment has been read yet"
    if any(day.unread for day in days):
        return ""
    return f"Nothing ran in these days, and nothing is promised{so_far}"
