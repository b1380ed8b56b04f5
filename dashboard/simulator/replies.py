"""What the stand-in answers, before it is put on the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from dashboard.simulator.faults import Fault
from dashboard.simulator.records import Record
from dashboard.simulator.refusals import Refusal

HTML = b"""<!doctype html>
<html><head><title>502 Bad Gateway</title></head>
<body><h1>502 Bad Gateway</h1><hr><p>gateway</p></body></html>
"""


@dataclass(frozen=True)
class Reply:
    """A status, headers and a body.

    length: the Content-Length, more than the body when cut
    pieces: into how many the body is cut, and pause: the seconds between two of them
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    length: int = -1
    pieces: int = 1
    pause: float = 0.0

    def slowly(self, sleep: Callable[[float], Any]) -> Iterator[bytes]:
        """The body in pieces, after a pause each but the first."""
        size = max(-(-len(self.body) // self.pieces), 1)
        for start in range(0, len(self.body), size):
            if start:
                sleep(self.pause)
            yield self.body[start : start + size]

    def status_line(self) -> str:
        """The status with its phrase, such as `404 Not Found`."""
        known = self.status in {status.value for status in HTTPStatus}
        return f"{self.status} {HTTPStatus(self.status).phrase if known else 'Unknown'}"

    def header_list(self) -> list[tuple[str, str]]:
        """All headers in WSGI's form."""
        length = len(self.body) if self.length < 0 else self.length
        own = {"Content-Type": self.content_type, "Content-Length": str(length)}
        return list((own | self.headers).items())


def json_reply(record: Record, status: int = 200) -> Reply:
    """A JSON answer."""
    return Reply(status, json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode())


def refused(refusal: Refusal, request_id: str | None) -> Reply:
    """An error envelope; with the request id in it where the generation puts it there."""
    named = {"request_id": request_id} if request_id else {}
    return json_reply(refusal.envelope() | named, refusal.status)


def broken(fault: Fault, request_id: str | None) -> Reply | None:
    """The answer of a fault that needs no page; None for the others."""
    if fault.kind == "status":
        reply = refused(Refusal(fault.status or 500, fault.type, fault.message), request_id)
    elif fault.kind == "html":
        reply = Reply(fault.status or 502, HTML, content_type="text/html; charset=utf-8")
    elif fault.kind == "redirect":
        reply = Reply(fault.status or 302, b"", {"Location": "https://elsewhere.invalid/api/v1/cloud"})
    else:
        return None
    late = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
    return replace(reply, headers=reply.headers | late)


def befallen(reply: Reply, fault: Fault) -> Reply:
    """The same answer as a fault lets it come: cut in its middle, or slowly."""
    if fault.kind == "cut":
        return replace(reply, body=reply.body[: len(reply.body) // 2], length=len(reply.body))
    if fault.kind == "stall":
        return replace(reply, pieces=2, pause=fault.seconds)
    if fault.kind == "drip":
        return replace(reply, pieces=len(reply.body), pause=fault.seconds)
    return reply
