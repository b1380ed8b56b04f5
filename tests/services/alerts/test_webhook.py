"""Webhooks: signed as the standard says, and sent nowhere they may not go."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from threading import Thread
from typing import Any

import pytest

from dashboard.filters.timespans import Unusable
from dashboard.services.alerts import webhook

# The example of github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
SECRET, UID, SECONDS = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
BODY, SIGNED = b'{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


class Receiver:
    """A server on loopback that keeps what it was sent and answers as it is asked to."""

    def __init__(self) -> None:
        self.status, self.received = 204, list[tuple[dict[str, str], bytes]]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(outer.status)
                self.send_header("location", "http://127.0.0.1:9/")
                self.end_headers()

            def log_message(self, *_line: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.0/8"),)
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_signature_is_that_of_the_standards_own_example() -> None:
    assert webhook.signature(SECRET, UID, SECONDS, BODY) == SIGNED


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%", "sk_MfKQ9r8GKYqr", "whsec"])
def test_a_secret_in_another_form_has_no_key(secret: str) -> None:
    assert webhook.key_of(secret) == b""


def test_a_message_arrives_signed_and_named(receiver: Receiver) -> None:
    webhook.post(receiver.url, SECRET, UID, SECONDS, BODY)
    [(headers, body)] = receiver.received
    assert body == BODY
    assert headers["webhook-id"] == UID
    assert headers["webhook-timestamp"] == str(SECONDS)
    assert headers["webhook-signature"] == SIGNED
    assert headers["host"] == receiver.url.split("/")[2]


@pytest.mark.parametrize("status", [302, 400, 410, 500])
def test_any_other_answer_is_not_arriving_and_no_redirect_is_followed(
    receiver: Receiver, status: int
) -> None:
    receiver.status = status
    with pytest.raises(webhook.NotSent, match=f"127.0.0.1 answers {status}"):
        webhook.post(receiver.url, SECRET, UID, SECONDS, BODY)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("192.168.0.1", False),
        ("::1", False),
        ("fd00::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address that is asked for
    ],
)
def test_a_name_that_leads_into_the_own_network_gets_nothing(
    monkeypatch: pytest.MonkeyPatch, address: str, allowed: bool
) -> None:
    entries = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (known, 443)) for known in ("93.184.215.14", address)
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: entries)
    with pytest.raises(webhook.NotSent, match="is in the own network"):
        webhook.post("https://hooks.example/x", SECRET, UID, SECONDS, BODY)


def test_a_name_without_an_address_and_a_server_that_is_not_there_do_not_arrive(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    with pytest.raises(webhook.NotSent, match="ConnectError at "):
        webhook.post("http://127.0.0.1:9/", SECRET, UID, SECONDS, BODY)

    def unknown(*_a: object, **_k: object) -> None:
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(webhook.NotSent, match="no address is known of hooks"):
        webhook.post("https://hooks.example/x", SECRET, UID, SECONDS, BODY)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://hooks.example/x", ""),
        ("https://hooks.example:8443/x?y", ""),
        ("http://127.0.0.1:8001/", ""),
        ("http://hooks.example/x", "begin with https://"),
        ("http://192.0.2.1/x", "begin with https://"),
        ("https:///x", "needs the name of a host"),
        ("https://user:secret@hooks.example/", "needs the name of a host"),
        ("https://[", "cannot be read"),
        ("https://hooks.example:99999/", "cannot be read"),
    ],
)
@pytest.mark.usefixtures("receiver")
def test_an_address_that_cannot_be_a_webhooks_is_refused_with_the_reason(url: str, reason: str) -> None:
    if not reason:
        webhook.check(url)
        return
    with pytest.raises(Unusable, match=reason):
        webhook.check(url)
