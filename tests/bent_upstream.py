"""An upstream whose answers are bent on their way out: what no API means to send, and some network does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from dashboard.simulator import Simulator
from dashboard.simulator.replies import Reply

Bend = Callable[[Reply], Reply]


@dataclass
class Bent:
    """A stand-in that bends the answers to those requests whose path ends so, while a bend is set."""

    api: Simulator
    bend: Bend | None = None
    path: str = ""
    times: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Stand between the stand-in and the wire."""
        self._straight = self.api._answer
        self.api._answer = self._answer  # type: ignore[method-assign] # one stand-in, not all

    def _answer(self, entry: Any, environ: Any) -> Reply:
        reply = self._straight(entry, environ)
        if self.bend is None or not entry.path.endswith(self.path):
            return reply
        self.times += 1
        return self.bend(reply)


def text(body: str | bytes, *, status: int = 200, encoding: str = "") -> Bend:
    """Exactly that body in place of the answer."""
    content = body.encode() if isinstance(body, str) else body
    headers = {"Content-Encoding": encoding} if encoding else {}
    return lambda reply: replace(reply, status=status, body=content, headers=reply.headers | headers)


def body(change: Callable[[bytes], bytes], encoding: str = "") -> Bend:
    """The answer's own body, changed."""
    headers = {"Content-Encoding": encoding} if encoding else {}
    return lambda reply: replace(reply, body=change(reply.body), headers=reply.headers | headers)


def envelope(**changes: Any) -> Bend:
    """The answer's own page with those keys, without those that are None."""

    def bend(reply: Reply) -> Reply:
        page = json.loads(reply.body) | changes
        page = {key: value for key, value in page.items() if key not in changes or value is not None}
        return replace(reply, body=json.dumps(page).encode())

    return bend


def records(*given: str) -> Bend:
    """Those texts in place of the first records of the page; `{id}` in one stands for its id, quoted."""

    def bend(reply: Reply) -> Reply:
        page = json.loads(reply.body)
        ids = [json.dumps(record["id"]) for record in page["data"]]
        texts = [text.replace("{id}", key) for text, key in zip(given, ids, strict=False)]
        texts += map(json.dumps, page["data"][len(texts) :])
        written = json.dumps(page | {"data": "here they stand"})
        return replace(reply, body=written.replace('"here they stand"', f"[{','.join(texts)}]").encode())

    return bend
