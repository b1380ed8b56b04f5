"""`manage.py receive`: a receiver on this machine that shows what a webhook is sent, to try a rule with."""

from __future__ import annotations

import hmac
import json
from argparse import ArgumentParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from django.core.management.base import BaseCommand

from dashboard.services.alerts import webhook

_LONGEST = 1_000_000  # bytes of a body


class Command(BaseCommand):
    """Answers 204 to what is signed with the secret, 401 to anything else, until it is stopped."""

    help = "Show on this machine what a webhook is sent. Its address needs WEBHOOK_NETWORKS=127.0.0.1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where, and what messages have to be signed with."""
        parser.add_argument("--port", type=int, default=8001)
        parser.add_argument("--secret", required=True, help="whsec_…, as the rule has it")
        parser.add_argument("--times", type=int, default=0, help="end after so many; 0: never")

    def handle(self, *, port: int, secret: str, times: int, **options: Any) -> None:
        """Listen on loopback."""
        with HTTPServer(("127.0.0.1", port), self._handler(secret)) as server:
            self.stdout.write(f"listening on http://127.0.0.1:{server.server_port}/")
            self.stdout.flush()
            while (times := times - 1) != -1:
                server.handle_request()

    def _handler(self, secret: str) -> type[BaseHTTPRequestHandler]:
        command = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = min(int(self.headers.get("content-length", 0)), _LONGEST)
                body = self.rfile.read(length)
                genuine = command.is_genuine(secret, self.headers, body)
                self.send_response(204 if genuine else 401)
                self.end_headers()
                if genuine:
                    command.show(self.headers["webhook-id"], body)

            def log_message(self, *_line: object) -> None:
                pass

        return Handler

    def is_genuine(self, secret: str, headers: Any, body: bytes) -> bool:
        """Whether a message is signed with the secret."""
        seconds = headers.get("webhook-timestamp", "")
        if not seconds.isdecimal():
            return False
        mine = webhook.signature(secret, headers.get("webhook-id", ""), int(seconds), body)
        return hmac.compare_digest(mine.encode(), headers.get("webhook-signature", "").encode())

    def show(self, uid: str, body: bytes) -> None:
        """Print one message."""
        content = json.loads(body)
        data = content["data"]
        named = ", ".join(deployment["name"] for deployment in data.get("deployments", []))
        self.stdout.write(f"{content['type']} {data.get('label', '')} {named} ({uid})".replace("  ", " "))
        self.stdout.flush()
