"""The daily summary of a rule: one message a day with figures, also when nothing happened."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count

from dashboard.domain.daily import SummaryDay, summary_day, time_of_day
from dashboard.domain.states import HEALTH_LABELS, MessageKind, Outcome, SlotOutcome
from dashboard.filters import Query
from dashboard.filters.timespans import Unusable
from dashboard.models import AlertMessage, AlertRule, Deployment, Key, Run, Slot, Watch
from dashboard.services.alerts import rules
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting

# What tells the summary of one rule and day from every other message: it is written once.
_SUMMARIES = uuid.UUID("6f0f6b1e-6a53-4b0e-9a37-2f6d1d7a9c55")
_SOON = timedelta(minutes=1)  # two readings so close to the edges of a day leave nothing out


def write_due(now: datetime) -> None:
    """Put the summaries that are due into the outbox, inside a transaction of the writer.

    One that came due while nothing ran is written as soon as something does; those of earlier days are not.
    """
    for rule in AlertRule.objects.exclude(daily_at=""):
        zone, at = ZoneInfo(rule.zone), time_of_day(rule.daily_at)
        due = summary_day(at, zone, now) if at else None
        if due and rule.made_at <= due.until and not _messages(rule, due).exists():
            _write(rule, due, zone, now)


def _messages(rule: AlertRule, due: SummaryDay) -> Any:
    return AlertMessage.objects.filter(uid=_uid(rule, due))


def _uid(rule: AlertRule, due: SummaryDay) -> uuid.UUID:
    return uuid.uuid5(_SUMMARIES, f"{rule.pk} {rule.made_at.timestamp()} {due.day}")


def _write(rule: AlertRule, due: SummaryDay, zone: ZoneInfo, now: datetime) -> None:
    snapshot = Snapshot(now.astimezone(zone))
    try:
        query = rules.question(rule.address, snapshot).with_values(health=())
    except Unusable:
        return  # a look has written down why
    figures = _figures(rule, query, due, snapshot)
    content = {
        "label": f"daily summary, {due.until.astimezone(zone):%a %-d %b}",
        "text": "\n".join(_lines(figures, due, rule.zone)),
        "url": query.here,
        "figures": figures,
    }
    AlertMessage.objects.create(
        rule=rule, uid=_uid(rule, due), kind=MessageKind.SUMMARY, content=content, written_at=now, due_at=now
    )


def _figures(rule: AlertRule, query: Query, due: SummaryDay, snapshot: Snapshot) -> dict[str, Any]:
    matching = Deployment.objects.matching(query)
    keys = set(matching.values_list("account", "deployment_id"))
    outcomes = _counted(Run.objects.within(due.since, due.until), "status", keys)
    slots = _counted(Slot.objects.filter(at__gte=due.since, at__lt=due.until), "outcome", keys)
    own = rule.incidents.exclude(cause__startswith=f"{MessageKind.BLIND}:")
    accounts = [feed.account for feed in snapshot.feeds_of(query.many("account"))]
    return {
        "since": due.since.isoformat(),
        "until": due.until.isoformat(),
        "runs": sum(outcomes.values()),
        "outcomes": dict(sorted(outcomes.items())),
        "runs_read": snapshot.coverage.text_since(due.since),
        "deployments": len(keys),
        "healths": matching.health_counts(),
        "alerts_opened": own.filter(opened_at__gte=due.since, opened_at__lt=due.until).count(),
        "alerts_closed": own.filter(closed_at__gte=due.since, closed_at__lt=due.until).count(),
        "alerts_open": own.filter(closed_at=None).count(),
        "promised": sum(slots[word] for word in (*SlotOutcome.MET, *SlotOutcome.UNMET)),
        SlotOutcome.MISSED: slots[SlotOutcome.MISSED],
        SlotOutcome.UNOBSERVED: slots[SlotOutcome.UNOBSERVED],
        "read_s": round(
            min((_read(account, due) for account in accounts), default=timedelta()).total_seconds()
        ),
        "of_s": round((due.until - due.since).total_seconds()),
    }


def _counted(rows: Any, column: str, keys: Collection[Key]) -> Counter[str]:
    """How many rows of those deployments have each word."""
    counts: Counter[str] = Counter()
    grouped = rows.order_by().values_list("account", "deployment_id", column).annotate(n=Count("pk"))
    for account, deployment_id, word, number in grouped:
        if (account, deployment_id) in keys:
            counts[word] += number
    return counts


def _read(account: str, due: SummaryDay) -> timedelta:
    """For how long of a day an account was read without a break."""
    spans = Watch.objects.filter(account=account, until__gt=due.since, since__lt=due.until)
    return sum(
        (
            min(until, due.until) - max(since, due.since)
            for since, until in spans.values_list("since", "until")
        ),
        timedelta(),
    )


def _lines(figures: Mapping[str, Any], due: SummaryDay, zone_name: str) -> list[str]:
    zone = ZoneInfo(zone_name)
    begin, end = (formatting.moment(at.astimezone(zone)) for at in (due.since, due.until))
    outcomes, healths = figures["outcomes"], figures["healths"]
    stand = ", ".join(f"{number:,} {HEALTH_LABELS.get(word, word)}" for word, number in healths.items())
    return [
        f"{begin} to {end} ({zone_name}).",
        _readings(timedelta(seconds=figures["read_s"]), timedelta(seconds=figures["of_s"])),
        f"Runs: {figures['runs']:,}, {outcomes.get(Outcome.FAILED, 0):,} failed,"
        f" {outcomes.get(Outcome.COMPLETED, 0):,} completed; {figures['runs_read']}.",
        f"Promised firings: {figures['promised']:,}, {figures[SlotOutcome.MISSED]:,} came to nothing,"
        f" {figures[SlotOutcome.UNOBSERVED]:,} while nobody was looking.",
        f"Alerts of this rule: {figures['alerts_opened']:,} opened, {figures['alerts_closed']:,} closed,"
        f" {figures['alerts_open']:,} open now.",
        f"Deployments now: {stand or 'none'}.",
    ]


def _readings(read: timedelta, whole: timedelta) -> str:
    """How complete the readings were, in a sentence."""
    if not read:
        return "Nobody could see this day: the API was not read. Figures are of what was read since."
    if whole - read <= _SOON:
        return "The API was read all day."
    return f"The API was read for {formatting.duration(read)} of {formatting.duration(whole)}."
