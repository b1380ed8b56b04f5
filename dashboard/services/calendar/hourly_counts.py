"""Counts by day and hour, out of the tallies: for months, and for deployments that fire frequently."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum

from dashboard.domain.cron import Schedule
from dashboard.domain.states import CalendarState, SlotOutcome
from dashboard.models import Deployment, Key, Slot, Tally
from dashboard.models.tally import QUARTER, quarter
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.events import promised, promised_until

HourlyCounts = Counter[tuple[date, int, str]]  # day, hour, state
DailyCounts = Counter[tuple[date, Key, str]]  # day, deployment, state


def runs_by_hour(deployments: dict[Key, Deployment], dates: DateRange) -> HourlyCounts:
    """How many runs of those deployments there were in each hour, by outcome."""
    counts: HourlyCounts = Counter()
    for rows, zone in _tallies(deployments, dates):
        for when, status, number in rows.values_list("quarter", "status").annotate(n=Sum("number")):
            counts[*_local(when, zone), status] += number
    return counts


def runs_by_day(deployments: dict[Key, Deployment], dates: DateRange) -> DailyCounts:
    """How many runs each of those deployments had on each day, by outcome."""
    counts: DailyCounts = Counter()
    for rows, zone in _tallies(deployments, dates):
        tallies = rows.values_list("quarter", "account", "deployment_id", "status", "number")
        for when, account, deployment_id, status, number in tallies:
            day, _ = _local(when, zone)
            counts[day, (account, deployment_id), status] += number
    return counts


def firings_by_hour(deployments: dict[Key, Deployment], dates: DateRange, now: datetime) -> HourlyCounts:
    """How many firings of those deployments are promised or projected in each hour."""
    counts: HourlyCounts = Counter()
    for event in promised(deployments.values(), dates, now):
        _add(counts, event.at, dates.zone_of(event.deployment), SlotOutcome.DUE, 1)
    # Deployments of one schedule fire together: their hours are worked out once.
    schedules = Counter(
        (Schedule(row.expression, row.timezone), max(edge, dates.just_before), dates.zone_of(row))
        for row in deployments.values()
        if (edge := promised_until(row, now))
    )
    for (schedule, after, zone), number in schedules.items():
        for at, fires in schedule.hours(after, dates.end):
            _add(counts, at, zone, CalendarState.PROJECTED, number * fires)
    return counts


def unmet_by_hour(deployments: dict[Key, Deployment], dates: DateRange) -> HourlyCounts:
    """How many slots of those deployments were missed, or not seen, in each hour."""
    counts: HourlyCounts = Counter()
    slots = Slot.objects.filter(outcome__in=SlotOutcome.UNMET, at__gte=dates.start, at__lt=dates.end)
    for account, deployment_id, at, outcome in slots.values_list("account", "deployment_id", "at", "outcome"):
        if deployment := deployments.get((account, deployment_id)):
            _add(counts, at, dates.zone_of(deployment), outcome, 1)
    return counts


def _add(counts: HourlyCounts, at: datetime, zone: ZoneInfo, state: str, number: int) -> None:
    counts[*_local(quarter(at), zone), state] += number


def _tallies(
    deployments: dict[Key, Deployment], dates: DateRange
) -> Iterator[tuple[QuerySet[Tally], ZoneInfo]]:
    """The tallies of those deployments of some days, by the clock they are shown on."""
    groups: dict[ZoneInfo, list[Key]] = defaultdict(list)
    for deployment in deployments.values():
        groups[dates.zone_of(deployment)].append(deployment.key)
    for zone, keys in groups.items():
        first, end = dates.midnight(dates.first, zone), dates.midnight(dates.last + timedelta(days=1), zone)
        rows = Tally.objects.for_deployments(keys).filter(
            quarter__gte=quarter(first), quarter__lt=quarter(end)
        )
        yield rows.filter(number__gt=0), zone  # one that went down to nothing stays as a row


@lru_cache(maxsize=50_000)  # the quarters of a month in several zones, asked for again with every page
def _local(when: int, zone: ZoneInfo) -> tuple[date, int]:
    """The day and the hour on a clock in which a quarter of an hour lies."""
    at = datetime.fromtimestamp(when * QUARTER, zone)
    return at.date(), at.hour
