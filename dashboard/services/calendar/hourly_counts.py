"""Counts by day and hour, out of the tallies: for months, and for deployments that fire often."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum

from dashboard.domain.cron import Schedule
from dashboard.domain.states import SlotOutcome
from dashboard.models import Deployment, Key, Slot, Tally
from dashboard.models.tally import QUARTER, quarter
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.events import promised, promised_until

Hours = Counter[tuple[date, int, str]]  # day, hour, state
Days = Counter[tuple[date, Key, str]]  # day, deployment, state


def by_hour(deployments: dict[Key, Deployment], span: DateRange) -> Hours:
    """How many runs of those deployments there were in each hour, by outcome."""
    found: Hours = Counter()
    for rows, zone in _tallies(deployments, span):
        for when, status, number in rows.values_list("quarter", "status").annotate(n=Sum("number")):
            found[*_local(when, zone), status] += number
    return found


def by_day(deployments: dict[Key, Deployment], span: DateRange) -> Days:
    """How many runs each of those deployments had on each day, by outcome."""
    found: Days = Counter()
    for rows, zone in _tallies(deployments, span):
        told = rows.values_list("quarter", "account", "deployment_id", "status", "number")
        for when, account, deployment_id, status, number in told:
            day, _ = _local(when, zone)
            found[day, (account, deployment_id), status] += number
    return found


def coming(deployments: dict[Key, Deployment], span: DateRange, now: datetime) -> Hours:
    """How many firings of those deployments are promised or projected in each hour."""
    found: Hours = Counter()
    for event in promised(deployments.values(), span, now):
        _count(found, event.at, span.zone_of(event.deployment), "promised", 1)
    alike = Counter(
        (Schedule(row.expression, row.timezone), max(edge, span.start), span.zone_of(row))
        for row in deployments.values()
        if (edge := promised_until(row, now))
    )
    for (schedule, since, zone), number in alike.items():
        for at, fires in schedule.hours(since, span.end):
            _count(found, at, zone, "projected", number * fires)
    return found


def unmet(deployments: dict[Key, Deployment], span: DateRange) -> Hours:
    """How many slots of those deployments were missed, or not seen, in each hour."""
    found: Hours = Counter()
    slots = Slot.objects.filter(outcome__in=SlotOutcome.UNMET, at__gte=span.start, at__lt=span.end)
    for account, deployment_id, at, outcome in slots.values_list("account", "deployment_id", "at", "outcome"):
        if deployment := deployments.get((account, deployment_id)):
            _count(found, at, span.zone_of(deployment), outcome, 1)
    return found


def _count(found: Hours, at: datetime, zone: ZoneInfo, state: str, number: int) -> None:
    found[*_local(quarter(at), zone), state] += number


def _tallies(
    deployments: dict[Key, Deployment], span: DateRange
) -> Iterator[tuple[QuerySet[Tally], ZoneInfo]]:
    """The tallies of those deployments within a span, by the clock they are shown on."""
    groups: dict[ZoneInfo, list[Key]] = defaultdict(list)
    for deployment in deployments.values():
        groups[span.zone_of(deployment)].append(deployment.key)
    for zone, keys in groups.items():
        first, end = span.midnight(span.first, zone), span.midnight(span.last + timedelta(days=1), zone)
        rows = Tally.objects.for_deployments(keys).filter(
            quarter__gte=quarter(first), quarter__lt=quarter(end)
        )
        yield rows.filter(number__gt=0), zone  # one that went down to nothing stays as a row


@lru_cache(maxsize=50_000)  # the quarters of a month in several zones, asked for again with every page
def _local(when: int, zone: ZoneInfo) -> tuple[date, int]:
    """The day and the hour on a clock in which a quarter of an hour lies."""
    at = datetime.fromtimestamp(when * QUARTER, zone)
    return at.date(), at.hour
