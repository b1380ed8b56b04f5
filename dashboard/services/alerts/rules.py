"""Alert rules: making, listing and ending them, and what each is about."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import QueryDict

from dashboard.domain.daily import time_of_day
from dashboard.domain.states import MessageKind, SendBy
from dashboard.domain.thresholds import MESSAGES_KEPT
from dashboard.domain.zones import known_zone
from dashboard.filters import Query
from dashboard.filters.timespans import Unusable as RuleRefused
from dashboard.models import AlertIncident, AlertMessage, AlertRule
from dashboard.models.alert import OF_DEPLOYMENTS
from dashboard.services.alerts import run_filters, service, texts, webhook
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting, urls

__all__ = ["Rule", "RuleDraft", "RuleRefused"]

Rule: TypeAlias = AlertRule
PATH = OF_DEPLOYMENTS
_OF_RUNS = {"/runs/": "runs", run_filters.FAILURES: "failures"}  # paths, and what is asked there
_SECRET = "whsec_"  # noqa: S105 - how the secret of a webhook begins
_SECRET_BYTES = 24
_LISTED = 20  # messages of the log
KEPT_DAYS = MESSAGES_KEPT.days


@dataclass(frozen=True)
class RuleDraft:
    """A rule that is asked for.

    address: a list of runs or of failures with its filters; the filters of any other page are of deployments
    target: an address of mail, of a webhook, or of a service as apprise writes it
    secret: of the webhook; empty for a new one
    daily: the time of the day of a summary, as `08:00`; empty for none
    """

    name: str
    address: str
    target: str
    secret: str = ""
    zone: str = "UTC"
    daily: str = ""


@dataclass(frozen=True)
class Delivery:
    """A message in the log of them. state: what became of it, in words; wrong: whether that is bad."""

    written_at: datetime
    subject: str
    state: str
    wrong: bool


def question(address: str, snapshot: Snapshot) -> Query:
    """Which deployments or runs an address means.

    Raises RuleRefused where one of its filters means nothing, or none of a rule can have it.
    """
    parts = urlsplit(address)
    page = _OF_RUNS.get(urls.within_site(parts.path), "deployments")
    query = read_question(page, QueryDict(parts.query), snapshot)
    if query.ignored:
        wrong = query.ignored[0]
        raise RuleRefused(f"the filter {wrong.name}={wrong.value} means nothing: {wrong.why}")
    if query.path != PATH:
        run_filters.check(query)
    return query


def make(draft: RuleDraft, made_by: str, snapshot: Snapshot) -> AlertRule:
    """A new rule; raises RuleRefused with the reason, as a sentence without a capital and a full stop."""
    name = draft.name.strip()
    if not name or AlertRule.objects.filter(name=name).exists():
        raise RuleRefused("it needs a name that no other rule has")
    if known_zone(draft.zone) is None:
        raise RuleRefused("no time zone has that name; names are like Europe/Berlin or UTC")
    daily_at = time_of_day(draft.daily)
    if draft.daily and daily_at is None:
        raise RuleRefused("the time of the daily summary has to be like 08:00")
    query = question(draft.address, snapshot)
    if daily_at and query.path != PATH:
        raise RuleRefused("a daily summary is of deployments: make a rule of deployments for it")
    send_by = _send_by(draft.target)
    return AlertRule.objects.create(
        name=name[:60],
        address=urls.within_site(replace(query, cursor="").here),
        send_by=send_by,
        target=draft.target.strip(),
        secret=_secret(draft.secret) if send_by == SendBy.WEBHOOK else "",
        zone=draft.zone,
        daily_at=f"{daily_at:%H:%M}" if daily_at else "",
        made_by=made_by,
        made_at=snapshot.now,
    )


def where_to(rule: AlertRule) -> str:
    """Where messages go, without what may be a secret of the receiver."""
    if rule.send_by == SendBy.SERVICE:
        return service.name_of(rule.target)
    return f"webhook at {urlsplit(rule.target).netloc}" if rule.send_by == SendBy.WEBHOOK else rule.target


def is_service(target: str) -> bool:
    """Whether a target is meant to be a service, whose address is a secret."""
    return service.scheme_of(target) not in ("", "http", "https")


def services_installed() -> bool:
    """Whether rules may send to services."""
    return service.is_installed()


def any_rule() -> bool:
    """Whether there is a rule at all."""
    return AlertRule.objects.exists()


def all_rules() -> list[AlertRule]:
    """Every rule, by name."""
    return list(AlertRule.objects.order_by("name"))


def deliveries(now: datetime) -> list[Delivery]:
    """The last messages, newest first, in one query."""
    newest = AlertMessage.objects.select_related("rule").order_by("-pk")[:_LISTED]
    return [
        Delivery(message.written_at, texts.subject(message), _state(message, now), bool(message.last_error))
        for message in newest
    ]


def _state(message: AlertMessage, now: datetime) -> str:
    if message.sent_at:
        return "sent"
    if message.given_up_at:
        return f"given up: {message.last_error}"
    if not message.last_error:
        return "waits to be sent"
    wait = formatting.duration(max(message.due_at - now, timedelta()))
    return f"tried {message.tries:,} times, again in {wait}: {message.last_error}"


def open_incidents() -> dict[int, int]:
    """How many incidents are open of each rule that has any."""
    numbers: dict[int, int] = {}
    for rule_id in AlertIncident.objects.filter(closed_at=None).values_list("rule_id", flat=True):
        numbers[rule_id] = numbers.get(rule_id, 0) + 1
    return numbers


def remove(name: str) -> bool:
    """End a rule, with what it has not sent yet; whether there was one."""
    number, _ = AlertRule.objects.filter(name=name).delete()
    return number > 0


def send_test(name: str, now: datetime) -> bool:
    """Put a test into the outbox of a rule; whether there is such a rule."""
    rule = AlertRule.objects.filter(name=name).first()
    if rule:
        content = {"text": "This is a test: messages of this rule arrive.", "url": urls.on_site(rule.address)}
        AlertMessage.objects.create(
            rule=rule, kind=MessageKind.TEST, content=content, written_at=now, due_at=now
        )
    return rule is not None


def _send_by(target: str) -> str:
    target = target.strip()
    if urlsplit(target).scheme in ("http", "https"):
        webhook.check(target)
        return SendBy.WEBHOOK
    if service.scheme_of(target):
        service.check(target)
        return SendBy.SERVICE
    try:
        validate_email(target)
    except ValidationError:
        raise RuleRefused(
            "it goes to an address of mail, to a webhook that begins with https://, or to a service"
        ) from None
    return SendBy.EMAIL


def _secret(given: str) -> str:
    if not given:
        return _SECRET + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    key = webhook.key_of(given)
    if len(key) < _SECRET_BYTES:
        raise RuleRefused(f"the secret has to be {_SECRET} and at least {_SECRET_BYTES} bytes in base64")
    return given
