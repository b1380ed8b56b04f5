"""What can go wrong on request: one fault is one kind of trouble, for some of the requests.

Of the faults that are due for a request, every delay is waited for, and the first other one decides the
answer; the others stay for the next request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

ON_A_CURSOR = ("duplicates", "vanish")
KINDS = (
    *("status", "delay", "cut", "html", "reset", "stall", "drip", "shuffle", "empty", "malformed"),
    "redirect",
    *ON_A_CURSOR,
)


@dataclass
class Fault:
    """A kind of trouble and the requests it befalls.

    kind: what happens.
        `status`: that status with an error envelope. `delay`: `seconds` late, then as usual.
        `cut`: half the body, then the end, under a Content-Length of the whole. `html`: an HTML body.
        `reset`: the connection is reset without an answer. `redirect`: 302 to another host.
        `stall`: half the body, and the rest after `seconds`. `drip`: a byte each `seconds`.
        `shuffle`: the page in another order. `malformed`: one record of the page is no record.
        `empty`: an empty page that says more follows and holds the way on in `next_page`.
        `duplicates`: the records of the page before, with this page's cursors; needs a cursor.
        `vanish`: the cursor sent is unknown; needs a cursor.
    path: befalls requests whose path contains this
    times: how often, None for always
    after: so many matching requests pass before the first
    status, type, message: of the answer, where the kind gives one
    retry_after: the `Retry-After` header, seconds or an HTTP date
    seconds: how long a delay or a stall is, and what lies between two bytes that drip
    """

    kind: str
    path: str = ""
    times: int | None = 1
    after: int = 0
    status: int | None = None
    message: str = "Simulated fault."
    type: str = "api_error"
    retry_after: str | float | None = None
    seconds: float = 0.0
    seen: int = field(default=0, init=False)
    used: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Raise ValueError for a kind nobody knows."""
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault kind {self.kind!r}: one of {', '.join(KINDS)}")

    def befalls(self, path: str, *, cursor: bool) -> bool:
        """Whether the request is one of those meant."""
        return self.path in path and (cursor or self.kind not in ON_A_CURSOR)

    def due(self) -> bool:
        """Whether enough requests have passed, and the fault is not used up."""
        return self.seen > self.after and (self.times is None or self.used < self.times)


def draw(faults: list[Fault], path: str, *, cursor: bool) -> list[Fault]:
    """The faults that befall this request, counted as used; used-up ones leave the list."""
    drawn: list[Fault] = []
    for fault in [fault for fault in faults if fault.befalls(path, cursor=cursor)]:
        fault.seen += 1
        if fault.due() and (fault.kind == "delay" or all(other.kind == "delay" for other in drawn)):
            fault.used += 1
            drawn.append(fault)
    faults[:] = [fault for fault in faults if fault.times is None or fault.used < fault.times]
    return drawn


def fault_from(given: Mapping[str, Any]) -> Fault:
    """A fault out of names and values, texts allowed as on a command line; raises ValueError."""
    unknown = set(given) - {known.name for known in fields(Fault) if known.init}
    if unknown or "kind" not in given:
        raise ValueError(
            f"a fault needs a kind and knows no {', '.join(sorted(unknown)) or 'fault without it'}"
        )
    return Fault(**{name: _value(name, value) for name, value in given.items()})


def _value(name: str, value: Any) -> Any:
    if name == "times" and value in (None, "", "None", "none", "always"):
        return None
    if name in ("times", "after", "status"):
        return int(value)
    return float(value) if name == "seconds" else value
