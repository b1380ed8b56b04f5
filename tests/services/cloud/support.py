"""A client of the API for tests: over real HTTP, or in front of answers made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dashboard.services.cloud import Cloud, Transport, transport
from tests.upstream import TOKEN

APART = transport.APART  # as shipped; the tests do without it
URL = "https://api.qoder.example/api/v1/cloud"
Answer = dict[str, Any] | Exception  # what a response is made of, or what happens instead of one


def page(*records: Any, **envelope: Any) -> Answer:
    """A page of records: the last one, unless the envelope says otherwise."""
    return {"status_code": 200, "json": {"data": list(records), "has_more": False} | envelope}


def refusal(status: int, headers: dict[str, str] | None = None, **envelope: Any) -> Answer:
    """An error envelope."""
    body = json.dumps({"type": "error", "error": envelope}).encode()  # half a character travels escaped
    return {"status_code": status, "content": body, "headers": headers or {}}


class Api:
    """A client in front of answers made by hand: the last one is given for ever.

    asked: the requests so far
    waited: the seconds that were waited
    """

    def __init__(self, *answers: Answer, token: str | Callable[[], str] = TOKEN, url: str = URL) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.waited: list[float] = []
        read_token = token if callable(token) else lambda: token
        self.transport = Transport(
            url, read_token, transport=httpx.MockTransport(self._answer), sleep=self.waited.append
        )
        self.cloud = Cloud(self.transport)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        body = json.dumps(answer["json"]).encode() if "json" in answer else answer.get("content", b"")
        stream = httpx.ByteStream(body)  # read by whoever asks, as one from a connection is
        return httpx.Response(answer["status_code"], headers=answer.get("headers"), stream=stream)

    def runs(self, **parameters: Any) -> list[Any]:
        """Walk the runs to the end; gives the pages."""
        return list(self.cloud.deployment_runs(**parameters))

    @property
    def queries(self) -> list[dict[str, str]]:
        """The query of each request so far, without its limit."""
        return [
            {name: value for name, value in request.url.params.items() if name != "limit"}
            for request in self.asked
        ]

    @property
    def limits(self) -> list[str]:
        """The limit of each request so far."""
        return [request.url.params["limit"] for request in self.asked]


def raw(body: str | bytes, status: int = 200, **headers: str) -> Answer:
    """An answer of exactly those bytes."""
    content = body.encode() if isinstance(body, str) else body
    return {"status_code": status, "content": content, "headers": headers}


def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between two requests, so that only the waits of retries are seen."""
    monkeypatch.setattr(transport, "APART", 0.0)
