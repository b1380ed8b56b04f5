"""Counts by day and hour, out of the tallies: for months, and for deployments that fire frequently."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet, Sum

from dashboard.domain.cron import Schedule
from dashboard.domain.states import CalendarState, SlotOutcome
from dashboard.domain.times import later
from dashboard.domain.zones import known_zone
from dashboard.models import Deployment, Key, QuarterTotal, RunTotal, Slot, Tally
from dashboard.models.tally import QUARTER, quarter
from dashboard.services.calendar.date_range import DateRange
from dashboard.services.calendar.events import CalendarEvent, not_kept, promised, promised_until

_START, _QUARTER = datetime.fromtimestamp(0, UTC), timedelta(seconds=QUARTER)
_QUARTERS = 4  # of an hour
_DAY, _BIT = timedelta(days=1), timedelta(microseconds=1)
HourlyCounts = Counter[tuple[date, int, str]]  # day, hour, state


def runs_by_hour(deployments: dict[Key, Deployment], dates: DateRange) -> HourlyCounts:
    """How many runs of those deployments there were in each hour, by outcome.

    Of nearly all of an account they are what its totals have beyond the others.
    """
    counts: HourlyCounts = Counter()
    for zone, keys in _by_zone(deployments, dates).items():
        step = _step(dates, zone)
        for rows, sign in _fewest_rows(keys):
            hours = rows.filter(**_quarters_of(dates, zone)).order_by().annotate(place=F("quarter") / step)
            for place, status, number in hours.values_list("place", "status").annotate(n=Sum("number")):
                counts[*local_hour(place * step, zone), status] += sign * number
    return +counts


def _fewest_rows(keys: Collection[Key]) -> Iterator[tuple[QuerySet[Any], int]]:
    """What adds up to the runs of those deployments, each with whether it is added or taken away."""
    accounts = {account for account, _ in keys}
    every = RunTotal.objects.filter(account__in=accounts).order_by().values_list("account", "deployment_id")
    numbers = {(account, key): number for account, key, number in every.annotate(n=Sum("number"))}
    others = numbers.keys() - set(keys)
    if sum(numbers.get(key, 0) for key in keys) <= sum(numbers[key] for key in others):
        yield Tally.objects.for_deployments(keys), 1
    else:
        yield QuarterTotal.objects.filter(account__in=accounts), 1
        yield Tally.objects.by_deployment(others), -1


def _step(dates: DateRange, zone: ZoneInfo) -> int:
    """How many quarters are added up by the database: an hour of them, where a zone has the hours of UTC."""
    ends = dates.midnight(dates.first, zone), dates.midnight(dates.last + timedelta(days=1), zone)
    return _QUARTERS if all(quarter(end) % _QUARTERS == 0 for end in ends) else 1


def tallied_runs(deployments: dict[Key, Deployment], dates: DateRange) -> list[CalendarEvent]:
    """The runs of those deployments on some days, as one event for each tally."""
    columns = ("quarter", "account", "deployment_id", "status", "number")
    return [
        CalendarEvent(deployments[account, deployment_id], _START + when * _QUARTER, status, tallied=number)
        for zone, keys in _by_zone(deployments, dates).items()
        for when, account, deployment_id, status, number in Tally.objects.for_deployments(keys)
        .filter(**_quarters_of(dates, zone), number__gt=0)  # one that went down to nothing stays as a row
        .values_list(*columns)
    ]


def runs_by_day(deployments: dict[Key, Deployment], dates: DateRange) -> Iterator[tuple[date, Key, str, int]]:
    """How many runs each of those deployments had on each day, by outcome: added up by the database."""
    for zone, keys in _by_zone(deployments, dates).items():
        rows = Tally.objects.by_deployment(keys).filter(number__gt=0)
        for days in _alike(dates, zone):
            first, length = quarter(dates.midnight(days[0], zone)), _quarters(dates, days[0], zone)
            of_days = rows.filter(quarter__gte=first, quarter__lt=first + length * len(days))
            by_day = of_days.annotate(place=(F("quarter") - first) / length)
            sums = by_day.values_list("place", "account", "deployment_id", "status").annotate(n=Sum("number"))
            for place, account, deployment_id, status, number in sums:
                yield days[place], (account, deployment_id), status, number


def _alike(dates: DateRange, zone: ZoneInfo) -> list[list[date]]:
    """The days in runs of equal length: parted where the clocks change."""
    return [list(days) for _, days in groupby(dates.days, key=lambda day: _quarters(dates, day, zone))]


def _quarters(dates: DateRange, day: date, zone: ZoneInfo) -> int:
    """How many quarters of an hour a day has."""
    return quarter(dates.midnight(day + timedelta(days=1), zone)) - quarter(dates.midnight(day, zone))


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
        for day, hour, fires in _hours_between(schedule, after, dates.end, zone):
            counts[day, hour, CalendarState.PROJECTED] += number * fires
    return counts


def without_run(deployments: dict[Key, Deployment], dates: DateRange, now: datetime) -> list[CalendarEvent]:
    """The slots of those deployments that no run stands for, but for those that are still to come.

    With what was promised and is past, and was never kept as a slot.
    """
    # Naming so many deployments would lead databases away from the index of outcomes.
    is_over = Q(outcome__in=(*SlotOutcome.UNMET, SlotOutcome.WITHDRAWN)) | Q(
        outcome=SlotOutcome.DUE, at__lte=now
    )
    slots = Slot.objects.filter(is_over, at__gte=dates.start, at__lt=dates.end)
    rows = slots.values_list("account", "deployment_id", "at", "outcome")
    kept = [
        CalendarEvent(deployments[account, deployment_id], at, outcome)
        for account, deployment_id, at, outcome in rows
        if (account, deployment_id) in deployments
    ]
    return [*kept, *_never_kept(deployments, dates, now)]


def _never_kept(
    deployments: dict[Key, Deployment], dates: DateRange, now: datetime
) -> Iterator[CalendarEvent]:
    """What those deployments promised and is past, though no slot is kept of it: nobody was looking."""
    past = {key: row for key, row in deployments.items() if any(at <= now for at in row.promises)}
    if past:
        since = min(min(row.promises) for row in past.values())
        rows = Slot.objects.filter(at__gte=max(since, dates.start), at__lt=min(later(now, _BIT), dates.end))
        known = set(rows.values_list("account", "deployment_id", "at"))
        unlooked = not_kept(past.values(), known, dates, now)
        yield from (event for event in unlooked if event.state == SlotOutcome.UNOBSERVED)


def by_hour(events: Iterable[CalendarEvent], dates: DateRange) -> HourlyCounts:
    """How many of those events lie in each hour, by state."""
    counts: HourlyCounts = Counter()
    for event in events:
        _add(counts, event.at, dates.zone_of(event.deployment), event.state, event.number)
    return counts


def late_by_hour(deployments: dict[Key, Deployment], dates: DateRange) -> HourlyCounts:
    """How many slots of those deployments were met late, in each hour."""
    late = Slot.objects.filter(outcome=SlotOutcome.LATE, at__gte=dates.start, at__lt=dates.end)
    rows = late.for_deployments(deployments).values_list("account", "deployment_id", "at")
    slots = (CalendarEvent(deployments[account, key], at, SlotOutcome.LATE) for account, key, at in rows)
    return by_hour(slots, dates)


def _hours_between(
    schedule: Schedule, after: datetime, before: datetime, zone: ZoneInfo
) -> Iterator[tuple[date, int, int]]:
    """How often a schedule fires in each hour of a clock; the whole days of that are kept."""
    first = after.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
    yield from _hours(schedule, after, min(first, before), zone)
    while first + _DAY <= before:
        yield from _hours_of_day(schedule, first, zone)
        first += _DAY
    if first < before:
        yield from _hours(schedule, first - _BIT, before, zone)


@lru_cache(maxsize=4_096)  # a hundred schedules for as many days as a month shows
def _hours_of_day(schedule: Schedule, start: datetime, zone: ZoneInfo) -> tuple[tuple[date, int, int], ...]:
    return tuple(_hours(schedule, start - _BIT, start + _DAY, zone))


def _hours(
    schedule: Schedule, after: datetime, before: datetime, zone: ZoneInfo
) -> Iterator[tuple[date, int, int]]:
    if _hours_agree(schedule, zone, (after + _BIT, before)):
        hours = schedule.hours(after, before)
    else:
        hours = ((at, 1) for at in schedule.between(after, before))
    for at, fires in hours:
        yield *local_hour(quarter(at), zone), fires


def _hours_agree(schedule: Schedule, zone: ZoneInfo, instants: Iterable[datetime]) -> bool:
    """Whether the hours of a schedule's own clock begin with those of another one."""
    own = known_zone(schedule.zone) or zone
    return all(at.astimezone(own).minute == at.astimezone(zone).minute for at in instants)


def _add(counts: HourlyCounts, at: datetime, zone: ZoneInfo, state: str, number: int) -> None:
    counts[*local_hour(quarter(at), zone), state] += number


def _by_zone(deployments: dict[Key, Deployment], dates: DateRange) -> dict[ZoneInfo, list[Key]]:
    """Those deployments by the clock they are shown on."""
    groups: dict[ZoneInfo, list[Key]] = defaultdict(list)
    for deployment in deployments.values():
        groups[dates.zone_of(deployment)].append(deployment.key)
    return groups


def _quarters_of(dates: DateRange, zone: ZoneInfo) -> dict[str, int]:
    """Which quarters of an hour those days are, as a condition."""
    first, end = dates.midnight(dates.first, zone), dates.midnight(dates.last + timedelta(days=1), zone)
    return {"quarter__gte": quarter(first), "quarter__lt": quarter(end)}


@lru_cache(maxsize=50_000)  # the quarters of a month in several zones, asked for again with every page
def local_hour(when: int, zone: ZoneInfo) -> tuple[date, int]:
    """The day and the hour on a clock in which a quarter of an hour lies."""
    at = datetime.fromtimestamp(when * QUARTER, zone)
    return at.date(), at.hour
