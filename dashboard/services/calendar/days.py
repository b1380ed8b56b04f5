"""The days of the calendar's grid, as its templates are given them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from dashboard.filters import Query
from dashboard.models import Deployment
from dashboard.services.calendar import links
from dashboard.services.calendar.cell_links import CellLinks
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.day_entries import DayEntries
from dashboard.services.calendar.drawings import DensityDay
from dashboard.services.calendar.entries import CalendarEntry, EntryList, HourRow
from dashboard.services.calendar.totals import DayTotals
from dashboard.services.calendar.unread import UnreadNote
from dashboard.services.calendar.view_models import Day


def grid_days(
    dates: DateRange,
    held: DayEntries,
    counts: Mapping[date, Counter[str]],
    density: Mapping[date, DensityDay],
    unread: Mapping[date, UnreadNote],
    deployments: Collection[Deployment],
    query: Query,
    now: datetime,
) -> list[Day]:
    """Every day of the range.

    held: its chips; counts: its counts by state, of frequent deployments too
    unread: what of it has not been read
    deployments: those whose runs the link of a day leads to
    """
    parameters, clock = links.runs_parameters(query), dates.clock_of(deployments)
    cell_links = CellLinks(dates, query, clock, now)
    today = now.astimezone(dates.zone)
    days = []
    for day in dates.days:
        outside = dates.view == "month" and day.month != dates.day.month
        here = now if day == today.date() else None
        hourly = dates.view == "week"
        entries = [entry for hour in range(24) for entry in held.entries.get((day, hour), ())]
        days.append(
            Day(
                date=day.isoformat(),
                text=f"{day:%a %-d %b}",
                number=f"{day:%-d %b}" if outside else str(day.day),
                weekday=f"{day:%a}",
                url=query.url(view="day", date=day.isoformat()),
                runs_url=links.runs_url(dates, day, parameters, clock),
                today=here is not None,
                outside=outside,
                note=clock_note(dates, day),
                totals=DayTotals.of(counts.get(day, {})),
                # A month's day has its most urgent entry first: now has no place between them.
                entries=_split(entries, here if dates.view == "agenda" else None),
                rest=None if hourly else cell_links.of_day(day, held.rest.get((day, 0), Counter())),
                hours=_hours(day, held, cell_links, here, today.hour) if hourly else [],
                density=_drawn(density.get(day), unread.get(day)),
                unread=unread.get(day),
            )
        )
    return days


def clock_note(dates: DateRange, day: date) -> str:
    """What a change of the clocks does to a day; empty on all others."""
    length = dates.midnight(day + timedelta(days=1)) - dates.midnight(day)
    if length == timedelta(days=1):
        return ""
    way = "back" if length > timedelta(days=1) else "forward"
    return f"{length / timedelta(hours=1):g} hours, the clocks go {way}"


def _drawn(density: DensityDay | None, unread: UnreadNote | None) -> DensityDay | None:
    """A day of the density band; none where it would call a day empty that has not been read."""
    return None if unread and density and density.empty else density


def _hours(
    day: date, held: DayEntries, cell_links: CellLinks, now: datetime | None, now_hour: int
) -> list[HourRow]:
    """The hours of a day that have entries, and the one that now lies in; now is None on other days."""
    return [
        HourRow(
            hour,
            _split(held.entries.get((day, hour), []), now if hour == now_hour else None),
            cell_links.of_hour(day, hour, held.rest.get((day, hour), Counter())),
        )
        for hour in range(24)
        if held.entries.get((day, hour)) or (now and hour == now_hour)
    ]


def _split(entries: Sequence[CalendarEntry], now: datetime | None) -> EntryList:
    """Entries in order of time, parted at now where the line of now stands between them."""
    if now is None:
        return EntryList(list(entries))
    earlier = [entry for entry in entries if entry.at <= now]
    return EntryList(earlier, list(entries[len(earlier) :]), now_between=True)
