"""The parameters of a list: how each is read and written back.

A field turns one text of the query into its canonical text, or says why it cannot be used.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dashboard.domain.zones import known_zone
from dashboard.filters import timespans
from dashboard.filters.timespans import Unusable

Reader = Callable[[str], str]  # a text of the query to its canonical text; raises Unusable
EACH_JOBS_OWN = "job"  # the value of `tz` that shows each deployment on its own clock
FIRST_YEAR, LAST_YEAR = 2000, 2099  # days beyond are a slip of the finger, or a strain on a cron library
LONGEST = 256  # characters of one value: as long as the longest id


@dataclass(frozen=True)
class Field:
    """One parameter.

    read: gives the canonical text of a value, or raises Unusable
    many: whether it may be given several times
    default: the canonical text that is in force without it, and never shown in a URL
    chip: whether it narrows the list, and so is shown as a chip
    of_deployments: the parameter of the list of deployments that it stands for, in another list
    """

    name: str
    read: Reader
    many: bool = False
    default: str = ""
    chip: bool = True
    of_deployments: Field | None = None


def word(choices: Collection[str], labels: Mapping[str, str] | None = None) -> Reader:
    """One of those words, also as pages call it or in other letters; labels: what pages call them."""

    def read(text: str) -> str:
        called = (labels or {}).get
        if text in choices:
            return text
        same = [w for w in choices if text.casefold() in (w.casefold(), called(w, w).casefold())]
        if len(same) == 1:
            return same[0]
        raise Unusable("it is none of " + ", ".join(choices))

    return read


def opaque(text: str) -> str:
    """An id or a word of the API: anything that can be one."""
    if not text.isprintable():
        raise Unusable("it holds characters that no id has")
    return text


def free(text: str) -> str:
    """Text to search for, without space at its ends."""
    searched = " ".join(text.split())
    if "\x00" in searched or not searched:
        raise Unusable("there is nothing in it to search for")
    return searched


def truth(text: str) -> str:
    """`true` or `false`, also as a browser's check box says it."""
    value = {"true": "true", "1": "true", "on": "true", "false": "false", "0": "false"}.get(text.lower())
    if value is None:
        raise Unusable("it is neither true nor false")
    return value


def number(lowest: int, highest: int) -> Reader:
    """A whole number between those two."""

    def read(text: str) -> str:
        if text.isascii() and text.isdigit() and len(text) < 9 and lowest <= int(text) <= highest:
            return str(int(text))
        raise Unusable(f"it is not a number from {lowest} to {highest}")

    return read


def span(resolve: Callable[[str, datetime], datetime], now: datetime) -> Reader:
    """An instant as `timespans` writes it; relative ones stay relative, in one text for each."""

    def read(text: str) -> str:
        resolve(text, now)
        return timespans.canonical_instant(text, now)

    return read


def duration(text: str) -> str:
    """A length of time, in one text for each."""
    return timespans.canonical_length(text)


def day(text: str) -> str:
    """A day of this century, as `2026-06-15`."""
    try:
        given = date.fromisoformat(text)
    except ValueError as error:
        raise Unusable("it is no day such as 2026-06-15") from error
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        raise Unusable(f"it is not between {FIRST_YEAR} and {LAST_YEAR}")
    return given.isoformat()


def zone(text: str) -> str:
    """A time zone: its IANA name, or `job` for each deployment's own."""
    if text != EACH_JOBS_OWN and known_zone(text) is None:
        raise Unusable("it is no zone such as Europe/Berlin, and not job")
    return text
