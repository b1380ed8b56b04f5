"""The toolbar of the calendar, and its heading: which days, which hours of them, in whose zone."""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboard.filters import HOURS, VIEWS, Query
from dashboard.filters.fields import EACH_JOBS_OWN, FIRST_YEAR, LAST_YEAR
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.lists import listing
from dashboard.web.components import ChoiceLink, Control

NIGHT_ENDS = 6  # o'clock: until then "tonight" is the night that is under way, then the one to come
_PARTS = ((0, 6), (6, 12), (12, 18), (18, 24))
_ALL_DAY = dict.fromkeys(HOURS, "")


def views(query: Query) -> tuple[ChoiceLink, ...]:
    """The views of the same days."""
    shown = query.one("view")
    return tuple(
        ChoiceLink(
            view.capitalize(), query.url(view=view, **_ALL_DAY if view != "day" else {}), view == shown
        )
        for view in VIEWS
    )


def today(query: Query, dates: DateRange, now: datetime, *, has_now: bool) -> tuple[str, str]:
    """What leads to now, and its word; without a link where the page has no place for now."""
    if now.astimezone(dates.zone).date() not in dates.days:
        return query.url(date="", **_ALL_DAY), "Today"
    if dates.view == "day" and not dates.hours[0] <= now.astimezone(dates.zone).hour < dates.hours[1]:
        return query.url(**_ALL_DAY), "Now"
    if not has_now:
        return "", "Today"
    return "#now", "Today" if dates.view == "month" else "Now"


def tonight(query: Query, dates: DateRange, now: datetime) -> ChoiceLink:
    """The hours of the night that comes, or is under way."""
    local = now.astimezone(dates.zone)
    day = local.date() if local.hour < NIGHT_ENDS else local.date() + timedelta(days=1)
    night = {"view": "day", "date": day.isoformat(), "from": "", "to": str(NIGHT_ENDS), "page": ""}
    shown = dates.view == "day" and (dates.day, *dates.hours) == (day, 0, NIGHT_ENDS)
    return ChoiceLink("Tonight", query.url(**night), shown)


def parts_of_day(query: Query) -> tuple[ChoiceLink, ...]:
    """The parts of a day, to look at closely; none in views of several days."""
    if query.one("view") != "day":
        return ()
    shown = int(query.one("from")), int(query.one("to"))
    parts = [ChoiceLink("All day", query.url(**_ALL_DAY), shown == (0, 24))]
    for first, last in _PARTS:
        url = query.url(**{"from": str(first), "to": str(last), "page": ""})
        parts.append(ChoiceLink(f"{first:02}–{last:02}", url, shown == (first, last)))
    return tuple(parts)


def hour_controls(query: Query) -> tuple[Control, ...]:
    """Any hours of a day, as two selects of the filter form; none in views of several days."""
    if query.one("view") != "day":
        return ()
    hours = [(str(hour), f"{hour:02}:00") for hour in range(1, 24)]
    return (
        listing.select(query, "from", "From hour", "00:00", hours),
        listing.select(query, "to", "To hour", "24:00", hours),
    )


def zones(query: Query, now: datetime) -> tuple[ChoiceLink, ...]:
    """Whose clock: the reader's, UTC, each deployment's, or another one that is asked for."""
    named = query.one("tz")
    known = {"": f"Mine: {now.tzinfo}", "UTC": "UTC", EACH_JOBS_OWN: "Each job's own"}
    if named not in known:
        known[named] = named
    return tuple(ChoiceLink(word, query.url(tz=tz), tz == named) for tz, word in known.items())


def step_url(query: Query, dates: DateRange, by: int) -> str:
    """The same view of the days before or after these; empty beyond the years that there are."""
    day = dates.stepped(by)
    return query.url(date=day.isoformat(), page="") if FIRST_YEAR <= day.year <= LAST_YEAR else ""


def heading(dates: DateRange) -> str:
    """The days, in words, and the hours of them where not all are looked at."""
    first, last = dates.first, dates.last
    if dates.view == "month":
        return f"{dates.day:%B %Y}"
    if first == last:
        since, until = dates.hours
        hours = f", {since:02}:00 to {until:02}:00" if dates.hours != (0, 24) else ""
        return f"{first:%A %-d %B %Y}{hours}"
    if first.month == last.month:
        return f"{first.day} to {last:%-d %B %Y}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first:%-d %B}{year} to {last:%-d %B %Y}"


def offset(dates: DateRange) -> str:
    """How far the clock is from UTC, on the first and the last day where that differs; empty for UTC."""
    if str(dates.zone) == "UTC":
        return ""
    first, last = (f"UTC{at.astimezone(dates.zone).isoformat()[-6:]}" for at in (dates.start, dates.end))
    return first if first == last else f"{first}, then {last}"
