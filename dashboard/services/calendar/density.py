"""Counts by day and hour, out of the tallies: for months, and for deployments that fire often."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import ExpressionWrapper, F, IntegerField, QuerySet, Sum
from django.db.models.expressions import Combinable

from dashboard.models import Deployment, Key, Slot, Tally
from dashboard.models.deployment import of
from dashboard.models.tally import QUARTER, quarter
from dashboard.projection import Schedule
from dashboard.services.calendar.events import promised, promised_until
from dashboard.services.calendar.span import Span
from dashboard.slots import SlotOutcome

Hours = Counter[tuple[date, int, str]]  # day, hour, state
Days = Counter[tuple[date, Key, str]]  # day, deployment, state

_PER_HOUR, _PER_DAY = 4, 96
_EPOCH = date(1970, 1, 1)


def by_hour(deployments: dict[Key, Deployment], span: Span) -> Hours:
    """How many runs of those deployments there were in each hour, by outcome."""
    found: Hours = Counter()
    for rows, offset in _stretches(deployments, span):
        for hour, status, number in _summed(rows, (F("quarter") + offset) / _PER_HOUR, "status"):
            found[_EPOCH + timedelta(days=hour // 24), hour % 24, status] += number
    return found


def by_day(deployments: dict[Key, Deployment], span: Span) -> Days:
    """How many runs each of those deployments had on each day, by outcome."""
    found: Days = Counter()
    for rows, offset in _stretches(deployments, span):
        for day, account, deployment_id, status, number in _summed(
            rows, (F("quarter") + offset) / _PER_DAY, "account", "deployment_id", "status"
        ):
            found[_EPOCH + timedelta(days=day), (account, deployment_id), status] += number
    return found


def coming(deployments: dict[Key, Deployment], span: Span, now: datetime) -> Hours:
    """How many firings of those deployments are promised or projected in each hour."""
    found: Hours = Counter()
    for event in promised(deployments.values(), span, now):
        _count(found, event.at, span.zone_of(event.deployment), "promised", 1)
    for deployment in deployments.values():
        edge = promised_until(deployment, now)
        if edge is None:
            continue
        zone = span.zone_of(deployment)
        schedule = Schedule(deployment.expression, deployment.timezone)
        for at, number in schedule.hours(max(edge, span.start), span.end):
            _count(found, at, zone, "projected", number)
    return found


def unmet(deployments: dict[Key, Deployment], span: Span) -> Hours:
    """How many slots of those deployments were missed, or not seen, in each hour."""
    found: Hours = Counter()
    slots = Slot.objects.filter(outcome__in=SlotOutcome.UNMET, at__gte=span.start, at__lt=span.end)
    for account, deployment_id, at, outcome in slots.values_list("account", "deployment_id", "at", "outcome"):
        if deployment := deployments.get((account, deployment_id)):
            _count(found, at, span.zone_of(deployment), outcome, 1)
    return found


def _count(found: Hours, at: datetime, zone: ZoneInfo, state: str, number: int) -> None:
    local = at.astimezone(zone)
    found[local.date(), local.hour, state] += number


def _stretches(deployments: dict[Key, Deployment], span: Span) -> Iterator[tuple[QuerySet[Tally], int]]:
    """The tallies of a span, cut where the clocks change, and how many quarters they are from UTC."""
    groups: dict[ZoneInfo, list[Key]] = defaultdict(list)
    for deployment in deployments.values():
        groups[span.zone_of(deployment)].append(deployment.key)
    for zone, keys in groups.items():
        rows = Tally.objects.filter(of(keys))
        for first, last, offset in _constant(span, zone):
            yield rows.filter(quarter__gte=first, quarter__lt=last), offset


def _constant(span: Span, zone: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """Stretches of the span in which the zone's offset stays the same, in quarters of an hour."""
    at, end = (
        quarter(span.midnight(span.first, zone)),
        quarter(span.midnight(span.last + timedelta(days=1), zone)),
    )
    while at < end:
        offset, stop = _offset(at, zone), at
        while stop < end and _offset(stop, zone) == offset:
            stop += _PER_HOUR
        yield at, min(stop, end), offset
        at = stop


def _offset(when: int, zone: ZoneInfo) -> int:
    at = datetime.fromtimestamp(when * QUARTER, zone)
    return int((at.utcoffset() or timedelta()).total_seconds()) // QUARTER


def _summed(rows: QuerySet[Tally], key: Combinable, *columns: str) -> Iterable[Any]:
    whole = ExpressionWrapper(key, output_field=IntegerField())
    grouped: Any = rows.annotate(key=whole).values("key", *columns).annotate(n=Sum("number"))
    yield from grouped.values_list("key", *columns, "n")
