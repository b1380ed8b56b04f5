"""Rules that are there from the beginning: their page, the mails and the webhooks that they send."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core import mail
from django.test import Client

from dashboard.domain.states import Health, MessageKind, SendBy
from dashboard.models import AlertRule
from tests.compare.figures import Figures, instant_in, named, part, utc
from tests.compare.oracle.alerting import Rule, Sent
from tests.compare.oracle.wording import moment
from tests.markup import read

PAGE = "/rules/"
TROUBLE = (Health.FAILING, Health.MISSED, Health.LATE, Health.STUCK, Health.SILENT)
RULES: dict[str, tuple[tuple[str, ...], str]] = {
    "Failing": ((Health.FAILING,), SendBy.EMAIL),
    "Trouble": (TROUBLE, SendBy.EMAIL),
    "Hook": (TROUBLE, SendBy.WEBHOOK),
}


def make_rule(name: str, healths: tuple[str, ...], send_by: str) -> Rule:
    """A rule in the dashboard, and what is known of it."""
    rule, made_at = Rule(name, healths), datetime(2026, 6, 1, tzinfo=UTC)
    target = {
        SendBy.EMAIL: f"{name.lower()}@example.org",
        SendBy.WEBHOOK: f"https://{name.lower()}.example.org/",
    }[send_by]
    AlertRule.objects.create(name=name, address=rule.address, send_by=send_by, target=target, made_at=made_at)
    return rule


def expected(rules: Sequence[Rule]) -> Figures:
    """What the page of rules has to show: how much of each goes on, and when it sent something last."""
    figures: Figures = {}
    for rule in rules:
        figures |= named(PAGE, rule.name, {"open": f"{rule.number} open", "last": utc(rule.sent_at)})
    return figures


def shown(client: Client) -> Figures:
    """What it shows."""
    figures: Figures = {}
    for row in read(client.get(PAGE)).one("table", id="rules").all("tr"):
        if "id" in row.attrs:
            name = part(row, "name").words()
            figures[PAGE, name, "open"] = part(row, "c-open").words().partition(" incident")[0]
            figures[PAGE, name, "last"] = instant_in(part(row, "c-used"))
    return figures


def differences(rules: Sequence[Rule], posted: Iterable[bytes]) -> Iterator[str]:
    """A line for each message that was sent and should not have been, or the other way round.

    posted: the bodies of webhooks
    """
    expected: Counter[Sent] = sum((rule.sent for rule in rules), Counter())
    sent = Counter((str(message.subject), _lines(str(message.body))) for message in mail.outbox)
    sent.update(_of_body(json.loads(body)) for body in posted)
    yield from (f"not sent: {message}" for message in sorted((expected - sent).elements()))
    yield from (f"sent: {message}" for message in sorted((sent - expected).elements()))


def _lines(body: str) -> tuple[str, ...]:
    """The lines of a text, without the addresses of single deployments."""
    return tuple(sorted(line for line in body.splitlines() if line and not line.startswith("  ")))


def _of_body(body: dict[str, Any]) -> Sent:
    """What a webhook says, in the words of a mail."""
    data, number = body["data"], body["data"].get("count", 0)
    deployments = f"{number} deployment{'' if number == 1 else 's'}"
    subject = {
        MessageKind.OPENED: f"{deployments}: {data['label']}",
        MessageKind.STILL: f"still {deployments}: {data['label']}",
        MessageKind.CLOSED: f"over: {data['label']}, {deployments}",
    }.get(body["type"].removeprefix("alert."), data["label"])
    named = [f"- {row['name']}: {row['why']}" for row in data.get("deployments", ())]
    as_of = [f"As of the reading of {_moment(data['as_of'])}."] if "as_of" in data else []
    text = [data["text"]] if "text" in data else []
    lines = (*named, *as_of, *text, f"Since {_moment(data['since'])} (UTC).", data["url"])
    return f"[{data['rule']}] {subject}"[:200], tuple(sorted(map(_one_line, lines)))


def _moment(text: str) -> str:
    return moment(datetime.fromisoformat(text), UTC)


def _one_line(text: str) -> str:
    """What would part a line, or turn its direction, is written out."""
    return "".join(letter if letter.isprintable() else ascii(letter).strip("'") for letter in text)
