"""A hand-over as a mail that the server sends, to an address that a rule of alerts already sends to."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.domain.states import MessageKind, SendBy
from dashboard.models import AlertMessage, AlertRule
from dashboard.services.handover.markdown import as_plain, title
from dashboard.services.handover.page import Handover
from dashboard.services.status.snapshot import Snapshot


@dataclass(frozen=True)
class Recipient:
    """An address that may be sent to. key: the rule that sends there."""

    key: int
    label: str


def recipients() -> list[Recipient]:
    """The addresses of mail that rules send to, each once: administrators have chosen them."""
    rows = AlertRule.objects.filter(send_by=SendBy.EMAIL).order_by("name").values_list("target", "pk", "name")
    first = {target: Recipient(pk, f"{target} ({name})") for target, pk, name in reversed(list(rows))}
    return sorted(first.values(), key=lambda one: one.label)


def send(handover: Handover, to: int, sender: str, snapshot: Snapshot) -> None:
    """Put it into the outbox. to: the key of a recipient."""
    content = {
        "label": title(handover, snapshot),
        "text": f"Sent by {sender}.\n\n{as_plain(handover, snapshot)}",
        "url": handover.fixed or handover.url,
    }
    now = snapshot.now
    AlertMessage.objects.create(
        rule_id=to, kind=MessageKind.HANDOVER, content=content, written_at=now, due_at=now
    )
