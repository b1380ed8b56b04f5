"""Rules that are there from the beginning, and the mails that they send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from django.core import mail

from dashboard.domain.states import Health, SendBy
from dashboard.models import AlertRule
from tests.compare.oracle.alerting import Rule, Sent

RULES: dict[str, tuple[str, ...]] = {
    "Failing": (Health.FAILING,),
    "Trouble": (Health.FAILING, Health.MISSED, Health.LATE, Health.STUCK, Health.SILENT),
}


def make_rule(name: str, healths: tuple[str, ...]) -> Rule:
    """A rule in the dashboard, and what is known of it."""
    rule, made_at = Rule(name, healths), datetime(2026, 6, 1, tzinfo=UTC)
    target = f"{name.lower()}@example.org"
    AlertRule.objects.create(
        name=name, address=rule.address, send_by=SendBy.EMAIL, target=target, made_at=made_at
    )
    return rule


def differences(rules: Sequence[Rule]) -> Iterator[str]:
    """A line for each mail that was sent and should not have been, or the other way round."""
    expected: Counter[Sent] = sum((rule.sent for rule in rules), Counter())
    sent = Counter((str(message.subject), _lines(str(message.body))) for message in mail.outbox)
    yield from (f"not sent: {message}" for message in sorted((expected - sent).elements()))
    yield from (f"sent: {message}" for message in sorted((sent - expected).elements()))


def _lines(body: str) -> tuple[str, ...]:
    """The lines of a text, without the addresses of single deployments."""
    return tuple(sorted(line for line in body.splitlines() if line and not line.startswith("  ")))
