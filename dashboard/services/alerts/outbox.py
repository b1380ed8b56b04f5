"""The outbox: what is due is sent by the one writer, each message until it has arrived."""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from dashboard.domain.alerts import retry_at
from dashboard.domain.states import SendBy
from dashboard.domain.thresholds import GIVEN_UP_AFTER
from dashboard.models import AlertMessage, AlertRule
from dashboard.services.alerts import service, texts, webhook
from dashboard.services.status.changes import pages_changed

_AT_ONCE = 20  # messages of one turn
_SECONDS = 5.0  # of one turn, which the reading has to wait for

logger = logging.getLogger(__name__)


def deliver(writing: Callable[[], AbstractContextManager[None]]) -> int:
    """Send what is due, for a few seconds at most; how many messages arrived.

    writing: a transaction of the writer; raises where another process writes

    A message that has arrived, and whose process ends before it could write that down, is sent once more
    with the same id: a receiver that keeps ids gets each once.
    """
    end, arrived = time.monotonic() + _SECONDS, 0
    for message in AlertMessage.objects.due(timezone.now())[:_AT_ONCE]:
        if time.monotonic() >= end:
            break
        error = _error_of(message)
        with writing():
            _note(message, error, timezone.now())
        arrived += not error
    return arrived


def _error_of(message: AlertMessage) -> str:
    """Try to send one; why that failed, or nothing."""
    try:
        if message.rule.send_by == SendBy.WEBHOOK:
            _post(message)
        elif message.rule.send_by == SendBy.SERVICE:
            service.post(message.rule.target, message.kind, texts.subject(message), texts.as_text(message))
        else:
            _mail(message)
    except webhook.NotSent as error:
        return str(error)[:300]
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return type(error).__name__
    return ""


def _post(message: AlertMessage) -> None:
    rule = message.rule
    webhook.post(rule.target, rule.secret, str(message.uid), round(time.time()), texts.as_json(message))


def _mail(message: AlertMessage) -> None:
    domain = settings.EMAIL_FROM.rpartition("@")[2]
    EmailMessage(
        texts.subject(message),
        texts.as_text(message),
        settings.EMAIL_FROM,
        [message.rule.target],
        headers={"Message-ID": f"<{message.uid}@{domain}>"},
    ).send()


def _note(message: AlertMessage, error: str, now: datetime) -> None:
    """Write down how a try went, with the message and with its rule."""
    message.last_error = error
    if not error:
        message.sent_at = now
    elif now - message.written_at >= GIVEN_UP_AFTER:
        message.given_up_at = now
    else:
        message.due_at, message.tries = retry_at(message.tries, now), message.tries + 1
    message.save(update_fields=["last_error", "sent_at", "given_up_at", "due_at", "tries"])
    rules = AlertRule.objects.filter(pk=message.rule_id)
    if error:
        turned = rules.filter(failing_since=None).update(failing_since=now)
        rules.update(last_error=error)
    else:
        turned = rules.exclude(failing_since=None).update(failing_since=None)
        rules.update(last_sent_at=now, last_error="")
    if turned:
        pages_changed()
        state = f"do not arrive: {error}" if error else "arrive again"
        logger.warning("alert rule %s: messages %s", message.rule.name, state)
