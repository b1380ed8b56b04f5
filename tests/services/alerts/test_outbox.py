"""The outbox: each message is sent until it has arrived, and what arrived is known by one id."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import httpx
import pytest
import time_machine
from django.core import mail

from dashboard.domain.thresholds import GIVEN_UP_AFTER
from dashboard.models import AlertMessage, AlertRule
from dashboard.services.alerts import outbox, rules, watcher, webhook
from dashboard.services.alerts.rules import RuleDraft
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW
from tests.services.alerts.mail_server import mails, text_of
from tests.services.alerts.test_webhook import Receiver, receiver

__all__ = ["mails", "receiver"]  # fixtures
pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def waiting(target: str) -> AlertRule:
    """A rule with a message in the outbox."""
    rule = rules.make(RuleDraft("On call", "/deployments/", target), "", Snapshot(NOW))
    assert rules.send_test("On call", NOW)
    return rule


def deliver() -> int:
    return outbox.deliver(nullcontext)


def test_a_message_is_sent_once_and_signed(clock: time_machine.Traveller, receiver: Receiver) -> None:
    rule = waiting(receiver.url)
    assert [deliver(), deliver()] == [1, 0]
    [(headers, body)] = receiver.received
    signed = webhook.signature(rule.secret, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert headers["webhook-signature"] == signed
    assert json.loads(body) == {
        "type": "alert.test",
        "timestamp": NOW.isoformat(),
        "data": {
            "rule": "On call",
            "text": "This is a test: messages of this rule arrive.",
            "url": "/deployments/",
        },
    }
    rule.refresh_from_db()
    assert (rule.last_sent_at, rule.last_error, rule.failing_since) == (NOW, "", None)


def test_a_message_that_does_not_arrive_is_tried_again_with_the_same_id(
    clock: time_machine.Traveller, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    rule = waiting(receiver.url)
    receiver.status = 500
    for _ in range(5):
        deliver()
        clock.shift(MINUTE)
    rule.refresh_from_db()
    assert (rule.failing_since, rule.last_error) == (NOW, "127.0.0.1 answers 500")
    assert caplog.messages == ["alert rule On call: messages do not arrive: 127.0.0.1 answers 500"]
    receiver.status = 204
    clock.shift(timedelta(hours=1))
    assert deliver() == 1
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    assert caplog.messages[1:] == ["alert rule On call: messages arrive again"]
    rule.refresh_from_db()
    assert (rule.failing_since, rule.last_error) == (None, "")


@pytest.mark.parametrize(("tries", "hours"), [(0, 1), (9, 3)])
def test_a_clock_that_is_set_back_holds_no_message_back(
    clock: time_machine.Traveller, receiver: Receiver, tries: int, hours: int
) -> None:
    waiting(receiver.url)
    AlertMessage.objects.update(tries=tries)
    clock.shift(-hours * 60 * MINUTE)
    assert deliver() == 1


def test_after_some_days_a_message_is_given_up(clock: time_machine.Traveller, receiver: Receiver) -> None:
    waiting(receiver.url)
    receiver.status = 500
    deliver()
    clock.shift(GIVEN_UP_AFTER)
    deliver()
    clock.shift(timedelta(hours=2))
    deliver()
    assert len(receiver.received) == 2
    assert AlertMessage.objects.get().given_up_at is not None


def test_a_process_that_ends_after_sending_sends_again_with_the_same_id(
    clock: time_machine.Traveller, receiver: Receiver
) -> None:
    waiting(receiver.url)
    with patch.object(outbox, "_note", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        deliver()
    assert deliver() == 1
    assert len(receiver.received) == 2
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1


def test_a_turn_spends_a_few_seconds_on_messages_and_goes_on_in_the_next(
    clock: time_machine.Traveller, receiver: Receiver
) -> None:
    waiting(receiver.url)
    rules.send_test("On call", NOW)
    with patch.object(outbox, "_SECONDS", 0.0):
        assert deliver() == 0
    assert deliver() == 2


def test_a_mail_reaches_a_mail_server(clock: time_machine.Traveller, mails: list[Any]) -> None:
    waiting("ops@example.org")
    assert deliver() == 1
    [message] = mails
    assert message["subject"] == "[On call] a test"
    assert (message["from"], message["to"]) == ("dashboard@example.org", "ops@example.org")
    assert message["message-id"] == f"<{AlertMessage.objects.get().uid}@example.org>"
    assert "messages of this rule arrive" in text_of(message)


def test_a_mail_server_that_is_not_there_is_named(clock: time_machine.Traveller, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    rule = waiting("ops@example.org")
    assert deliver() == 0
    rule.refresh_from_db()
    assert rule.last_error == "ConnectionRefusedError"
    assert not mail.outbox


def test_a_test_needs_a_rule_and_a_removed_rule_sends_nothing(receiver: Receiver) -> None:
    assert not rules.send_test("nobody", NOW)
    waiting(receiver.url)
    assert rules.remove("On call")
    assert not rules.remove("On call")
    assert deliver() == 0
    assert receiver.received == []


def test_somebody_outside_is_asked_after_a_reading_and_not_too_often(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[int] = []
    clock = {"now": 0.0, "status": 204.0}

    def get(url: str, **_more: Any) -> httpx.Response:
        asked.append(int(clock["status"]))
        return httpx.Response(asked[-1], request=httpx.Request("GET", url))

    monkeypatch.setattr(httpx, "get", get)
    monkeypatch.setattr(time, "monotonic", lambda: clock["now"])
    caplog.set_level("INFO")
    watcher.Watcher("").report()
    sign = watcher.Watcher("https://watch.example/x")
    for now, status in ((0, 204), (10, 500), (40, 500), (80, 500), (120, 204), (160, 204)):
        clock.update(now=now, status=status)
        sign.report()
    assert asked == [204, 500, 500, 204, 204]
    assert caplog.messages == [
        "HEARTBEAT_URL does not answer: HTTPStatusError",
        "HEARTBEAT_URL answers again",
    ]
