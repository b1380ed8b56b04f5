"""The calendar as a feed for calendar programs: promises, what became of them, and what is projected.

Names, times and schedules only: no prompt, no error, nothing of a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

from icalendar import Calendar
from icalendar import Event as Entry

from dashboard import __version__
from dashboard.domain import cron
from dashboard.domain.states import CalendarState, SlotOutcome
from dashboard.filters import Query
from dashboard.models import Deployment, Key, Slot
from dashboard.services.calendar import events
from dashboard.services.calendar.date_range import DateRange, date_range
from dashboard.services.calendar.events import CalendarDeployments
from dashboard.services.deployments import list as deployment_list
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls

BACK, AHEAD = 7, 35  # days: what a calendar program shows around today
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=24)
UNKNOWN_LENGTH = timedelta(minutes=5)
_PREFIXES = {  # of an entry's title, for what did not run as promised
    SlotOutcome.MISSED: "missed: ",
    SlotOutcome.UNOBSERVED: "not seen: ",
    SlotOutcome.SKIPPED: "skipped: ",
    CalendarState.PROJECTED: "projected: ",
}


def feed(query: Query, snapshot: Snapshot, url_of: Callable[[str], str]) -> bytes:
    """An iCalendar file of the deployments a query is about: a week back, five weeks ahead.

    Deployments that fire frequently stand in it as far as they are promised, and are not projected.
    url_of: makes a path of this site into an address that a calendar program can open
    """
    now = snapshot.now
    dates = _dates(query, now)
    deployments = CalendarDeployments.of(list(deployment_list.matching(query, snapshot)))
    calendar = Calendar()
    calendar.add("prodid", f"-//qoder-deployments-dashboard//{__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Agent runs: {query.words}" if query.words else "Agent runs")
    for deployment, at, state in _instants(deployments, dates, now):
        calendar.add_component(_entry(deployment, at, state, now, url_of))
    return bytes(calendar.to_ical())


def _instants(
    deployments: CalendarDeployments, dates: DateRange, now: datetime
) -> Iterable[tuple[Deployment, datetime, str]]:
    """Every slot that was not withdrawn, then what is promised and projected; each instant once."""
    known: set[tuple[Key, datetime]] = set()
    every = deployments.all
    kept = Slot.objects.for_deployments(every).filter(at__gte=dates.start, at__lt=dates.end)
    for slot in kept.exclude(outcome=SlotOutcome.WITHDRAWN).order_by("at").iterator():
        known.add((slot.key, slot.at))
        yield every[slot.key], slot.at, slot.outcome
    to_come = chain(
        events.promised(every.values(), dates, now),
        events.projected(deployments.infrequent.values(), dates, now),
    )
    for event in to_come:
        if (event.deployment.key, event.at) not in known:
            yield event.deployment, event.at, event.state


def _entry(
    deployment: Deployment, at: datetime, state: str, now: datetime, url_of: Callable[[str], str]
) -> Entry:
    entry = Entry()
    entry.add("uid", f"{deployment.account}-{deployment.deployment_id}-{at:%Y%m%dT%H%M%SZ}@qoder-dashboard")
    entry.add("dtstamp", now)
    entry.add("dtstart", at)
    entry.add("duration", _length(deployment))
    entry.add("summary", _PREFIXES.get(state, "") + str(deployment))
    schedule = cron.describe(deployment.expression)
    entry.add("description", f"{schedule} ({deployment.expression}, {deployment.timezone})")
    entry.add("url", url_of(urls.deployment(deployment.deployment_id, deployment.account)))
    entry.add("transp", "TRANSPARENT")
    entry.add("status", "TENTATIVE" if state == CalendarState.PROJECTED else "CONFIRMED")
    return entry


def _length(deployment: Deployment) -> timedelta:
    if deployment.usual_ms is None:
        return UNKNOWN_LENGTH
    return min(max(timedelta(milliseconds=deployment.usual_ms), SHORTEST), LONGEST)


def _dates(query: Query, now: datetime) -> DateRange:
    today = date_range(query.with_values(view="day", date="", tz="UTC"), now)
    first, last = today.day - timedelta(days=BACK), today.day + timedelta(days=AHEAD)
    return replace(today, first=first, last=last)
