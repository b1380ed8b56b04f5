"""A real mail server on loopback that keeps what it is sent."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler


@pytest.fixture
def mails(settings: Any) -> Iterator[list[Message]]:
    """What has arrived; the dashboard sends its mail there."""
    received: list[Message] = []

    class Kept(Handler):
        def handle_message(self, message: Message) -> None:
            received.append(message)

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(Kept(), hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_FROM = "dashboard@example.org"
    yield received
    server.stop()


def text_of(mail: Message) -> str:
    """The text of a mail."""
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()
