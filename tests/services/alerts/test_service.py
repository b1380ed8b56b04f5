"""Services through apprise: sent to a receiver of ours, kept out of the own network, and shown nowhere."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import threading
from contextlib import nullcontext
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import pytest

from dashboard.domain.states import MessageKind, SendBy
from dashboard.filters.timespans import Unusable
from dashboard.models import AlertMessage, AlertRule
from dashboard.services.alerts import connections, outbox, rules, service
from dashboard.services.alerts.rules import RuleDraft
from dashboard.services.alerts.webhook import NotSent
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW
from tests.services.alerts.test_webhook import Receiver, receiver

__all__ = ["receiver"]  # a fixture
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"
HIDDEN = "a-secret-path"


@pytest.fixture
def target(receiver: Receiver) -> str:
    """The receiver, as apprise writes a receiver of JSON."""
    return f"json://127.0.0.1:{urlsplit(receiver.url).port}/{HIDDEN}"


@pytest.mark.django_db
def test_a_message_is_sent_by_the_outbox_and_what_does_not_arrive_is_sent_again(
    target: str, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    rule = rules.make(RuleDraft("On call", "/deployments/", target), "", Snapshot(NOW))
    assert (rule.send_by, rule.secret, rules.where_to(rule)) == (SendBy.SERVICE, "", "JSON")
    rules.send_test("On call", NOW)
    receiver.status = 503
    assert outbox.deliver(nullcontext) == 0
    rule.refresh_from_db()
    assert rule.last_error == "JSON answers 503"
    AlertMessage.objects.update(tries=0, given_up_at=None)
    receiver.status = 200
    assert outbox.deliver(nullcontext) == 1
    sent = json.loads(receiver.received[-1][1])
    assert (sent["title"], sent["type"]) == ("[On call] a test", "info")
    assert sent["message"] == "This is a test: messages of this rule arrive.\n\n/deployments/"
    assert HIDDEN not in caplog.text
    assert not AlertRule.objects.filter(last_error__contains=HIDDEN).exists()


@pytest.mark.parametrize(
    ("kind", "shown"), [(MessageKind.OPENED, "failure"), (MessageKind.CLOSED, "success")]
)
def test_a_text_from_outside_calls_nobody(kind: str, shown: str, target: str, receiver: Receiver) -> None:
    service.post(target, kind, "@here", "<!channel> <@U1> a <b> @everyone")
    sent = json.loads(receiver.received[0][1])
    assert (sent["type"], sent["title"]) == (shown, "@\u200bhere")
    assert sent["message"] == "<\u200b!channel> <\u200b@\u200bU1> a <b> @\u200beveryone"


def test_nothing_is_sent_into_the_own_network(target: str, receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = ()
    with pytest.raises(NotSent, match="JSON is in the own network, and WEBHOOK_NETWORKS does not list it"):
        service.post(target, MessageKind.TEST, "a", "b")
    assert receiver.received == []
    with pytest.raises(Unusable, match="it has to begin with jsons://"):
        service.check(target)


@pytest.mark.parametrize(
    ("event", "arguments", "refused"),
    [
        ("socket.connect", (None, ("10.0.0.1", 443)), True),
        ("socket.connect", (None, ("fe80::1%eth0", 443, 0, 0)), True),
        ("socket.connect", (None, ("hooks.example", 443)), True),
        ("socket.connect", (None, "/run/dbus.sock"), True),
        ("socket.sendto", (None, ("127.0.0.1", 514)), True),
        ("subprocess.Popen", ("sh",), True),
        ("socket.connect", (None, ("8.8.8.8", 443)), False),
        ("open", ("/tmp/x",), False),  # noqa: S108 - opened by nobody
    ],
)
def test_each_connection_is_looked_at(
    event: str, arguments: tuple[Any, ...], refused: bool, settings: Any
) -> None:
    settings.WEBHOOK_NETWORKS = ()
    connections._look(event, arguments)  # of a thread that sends nothing
    with connections.guarded() as guard:
        with pytest.raises(connections.ConnectionBarred) if refused else nullcontext():
            connections._look(event, arguments)
        assert guard.refused == refused


def test_it_is_python_itself_that_looks_and_only_for_the_thread_that_sends(
    settings: Any, receiver: Receiver
) -> None:
    settings.WEBHOOK_NETWORKS = ()
    port = urlsplit(receiver.url).port
    with connections.guarded():
        with pytest.raises(connections.ConnectionBarred):
            socket.create_connection(("127.0.0.1", port))
        with pytest.raises(connections.ConnectionBarred):
            subprocess.run(["true"], check=False)
        other = threading.Thread(target=lambda: socket.create_connection(("127.0.0.1", port)).close())
        other.start()
        other.join(5)
    socket.create_connection(("127.0.0.1", port)).close()


def test_what_cannot_be_reached_is_named_without_its_address(settings: Any) -> None:
    everything = service._Lines()
    logging.getLogger().addHandler(everything)
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.0/8"),)
    with pytest.raises(NotSent, match=r"^JSON cannot be reached, or refuses the message$"):
        service.post(f"json://127.0.0.1:1/{HIDDEN}", MessageKind.TEST, "a", "b")
    other = threading.Thread(target=logging.getLogger("apprise").warning, args=(HIDDEN,))
    with service._logged() as lines:
        other.start()
        other.join(5)
    logging.getLogger().removeHandler(everything)
    assert (everything.lines, lines) == ([], [])


def test_whatever_a_program_of_apprise_raises_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    from apprise.plugins.custom_json import NotifyJSON

    def fail(*_: object, **__: object) -> bool:
        raise RuntimeError(HIDDEN)

    monkeypatch.setattr(NotifyJSON, "notify", fail)
    with pytest.raises(NotSent, match=r"^RuntimeError at JSON$"):
        service.post(target, MessageKind.TEST, "a", "b")


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("syslog://", "a service has to be one whose connections can be checked: Slack, Microsoft Teams"),
        ("mailto://user:password@example.org", "a service has to be one whose connections can be checked"),
        ("slack://nothing", "this is no address of Slack that apprise can read"),
        ("json://hooks.example/", "it has to begin with jsons://"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_a_sentence(target: str, why: str) -> None:
    with pytest.raises(Unusable, match=why) as refused:
        service.check(target)
    assert "password" not in str(refused.value)


@pytest.mark.parametrize("target", [SLACK, "jsons://hooks.example/x", "SLACK" + SLACK[5:]])
def test_known_services_are_taken(target: str) -> None:
    service.check(target)
    assert service.name_of(target) in ("Slack", "JSON")


def test_every_service_of_the_table_is_one_of_apprise_with_tls() -> None:
    from apprise import Apprise

    schemas = Apprise().details()["schemas"]
    secure = {scheme for schema in schemas for scheme in schema["secure_protocols"] or ()}
    assert set(service.NAMES) <= secure


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.importlib.util, "find_spec", lambda name: None)  # type: ignore[attr-defined]
    with pytest.raises(Unusable, match="services need the extra `services`"):
        service.check(SLACK)
    with pytest.raises(NotSent, match="the extra `services` is not installed"):
        service.post(SLACK, MessageKind.TEST, "a", "b")


def test_an_address_that_apprise_reads_no_more_is_named() -> None:
    with pytest.raises(NotSent, match="this is no address of Slack any more"):
        service.post("slack://nothing", MessageKind.TEST, "a", "b")
