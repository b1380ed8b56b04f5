"""One calendar across now: what became of the past, what is promised, what is projected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dashboard.domain.states import CalendarState, Outcome, SlotOutcome
from dashboard.filters import SEEN, Query
from dashboard.services.calendar import hourly_counts, toolbar
from dashboard.services.calendar.date_range import DateRange, date_range
from dashboard.services.calendar.day_entries import day_entries, with_frequent
from dashboard.services.calendar.days import grid_days
from dashboard.services.calendar.density_band import density_band, density_days
from dashboard.services.calendar.events import DRAWN_FROM, CalendarDeployments, promised_until
from dashboard.services.calendar.failed_today import failed_today
from dashboard.services.calendar.lane_bars import swatch
from dashboard.services.calendar.lane_models import LaneSet
from dashboard.services.calendar.lanes import lane_set
from dashboard.services.calendar.notices import notices, watch_notes
from dashboard.services.calendar.state_words import label
from dashboard.services.calendar.totals import DayTotals
from dashboard.services.calendar.unread import unread_days
from dashboard.services.calendar.view_models import CalendarPage, Day, KeyItem
from dashboard.services.deployments import list as deployment_list
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting

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
    deployments = CalendarDeployments.of(list(deployment_list.matching(query).only(*DRAWN_FROM)))
    without_run = hourly_counts.without_run(deployments.frequent, dates, now)
    by_hour = (
        hourly_counts.runs_by_hour(deployments.frequent, dates),
        hourly_counts.firings_by_hour(deployments.frequent, dates, now),
        hourly_counts.by_hour((slot for slot in without_run if slot.state in SlotOutcome.UNMET), dates),
    )
    held = day_entries(deployments, dates, now)
    counts = with_frequent(held.counts, *by_hour)
    unread = unread_days(dates, snapshot.feeds_of(query.many("account")), now)
    density = density_days(deployments.frequent, dates, query, *by_hour) if dates.view != "day" else {}
    days = grid_days(dates, held, counts, density, unread, deployments.all.values(), query, now)
    events = (*held.events, *without_run)
    lanes = lane_set(deployments, events, dates, query, now) if dates.view == "day" else None
    mine = [day for day in days if not day.outside]
    remarks = notices(deployments.all, dates)
    empty_text = _empty_text(query, deployments, days, lanes, snapshot.so_far)
    only_frequent = dates.view == "week" and bool(density) and not any(map(_has_hours, days))
    today_url, today_word = toolbar.today(query, dates, now, has_now=not empty_text)
    return CalendarPage(
        filter=query,
        controls=(*toolbar.hour_controls(query), *deployment_list.controls(query, snapshot, "deployment")),
        view=dates.view,
        views=toolbar.views(query),
        zone="each job's own zone" if dates.each_own else str(dates.zone),
        zone_note="" if dates.each_own else toolbar.offset(dates),
        zones=toolbar.zones(query, now),
        heading=toolbar.heading(dates),
        date=dates.day.isoformat(),
        previous_url=toolbar.step_url(query, dates, -1),
        next_url=toolbar.step_url(query, dates, 1),
        today_url=today_url,
        today_word=today_word,
        tonight=toolbar.tonight(query, dates, now),
        parts=toolbar.parts_of_day(query),
        summary=_summary(mine),
        promised_text=_promised_text(deployments, dates, now),
        now_text=f"{now.astimezone(dates.zone):%H:%M}",
        key=_key(dates, now, unreported=any(day.totals.unreported for day in days)),
        watch_notes=watch_notes(dates),
        notices=remarks[:_NOTICES],
        more_notices=remarks[_NOTICES:],
        days=days,
        density=density_band(deployments.frequent, mine, query) if density else None,
        lanes=lanes,
        failed_today=failed_today(deployments.all, dates, query, now),
        empty_text=empty_text,
        only_frequent=only_frequent,
        ics_url=query.of("/calendar.ics", *SEEN),
    )


def _has_hours(day: Day) -> bool:
    """Whether any hour of a day of a week has an entry of its own."""
    return any(row.entries.shown for row in day.hours)


def _key(dates: DateRange, now: datetime, *, unreported: bool) -> tuple[KeyItem, ...]:
    """What the shapes mean, for the side of now that is in view.

    unreported: whether there are runs in view whose outcome is not reported
    """
    states = (*_PAST_KEY, *((Outcome.STARTED,) if unreported else ()))
    past = [(state, label(state)) for state in states] if dates.start <= now else []
    future = [
        (SlotOutcome.DUE, label(SlotOutcome.DUE)),
        (CalendarState.PROJECTED, "projected from the schedule"),
    ]
    items = (*past, *(future if dates.end > now else ()))
    return tuple(KeyItem(state, text, swatch(state)) for state, text in items)


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
        if (edge := promised_until(deployment, now)) and edge > now
    ]
    if not edges:
        return ""
    first, last = (formatting.moment(edge.astimezone(dates.zone)) for edge in (min(edges), max(edges)))
    latest = f", some until {last}" if first != last else ""
    return f"Promised until {first}{latest}; projected from then on"


def _empty_text(
    query: Query, deployments: CalendarDeployments, days: Sequence[Day], lanes: LaneSet | None, so_far: str
) -> str:
    """Why nothing is in view; empty where something is. so_far: what that ends with while not all is read."""
    if any(day.entries.shown or day.totals != DayTotals() for day in days) or (lanes and lanes.shown):
        return ""
    if not deployments.all:
        none = f"No deployment matches these filters{so_far}"
        nothing = "No deployment has been read yet" if so_far else "No deployment exists yet"
        return none if query.active else nothing
    if any(day.unread for day in days):
        return ""
    return f"Nothing ran in these days, and nothing is promised{so_far}"
