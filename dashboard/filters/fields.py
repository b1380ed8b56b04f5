"""The parameters of a list: how each is read and written back.

A field turns one text of the query into its canonical text, or says why it cannot be used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from dashboard.domain.zones import known_zone
from dashboard.filters import timespans
from dashboard.filters.printed_dates import as_iso
from dashboard.filters.timespans import Unusable

Reader = Callable[[str], str]  # a text of the query to its canonical text; raises Unusable
EACH_JOBS_OWN = "job"  # the value of `tz` that shows each deployment on its own clock
NO_ERROR_TYPE, NO_DEPLOYMENT = "no error type", "no deployment"  # what pages call it that there is none
FIRST_YEAR, LAST_YEAR = 2000, 2099  # days beyond are a slip of the finger, or a strain on a cron library
_HEAD = re.compile(r"[,:] ")
_VERSIONED = re.compile(r"(\S+) v\d{1,19}")
_MOST_NAMED = 30
LONGEST = 256  # characters of one value: as long as the longest id


@dataclass(frozen=True)
class Field:
    """One parameter.

    read: gives the canonical text of a value, or raises Unusable
    many: whether it may be given several times
    default: the canonical text that is in force without it, and never shown in a URL
    chip: whether it narrows the list, and so is shown as a chip
    of_deployments: the parameter of the list of deployments that it stands for, in another list
    names: the parameter of the ids that are put in place of what is typed here by name
    in_form: what the field of a form shows of a value; a form sends what is in force, and then its field
    """

    name: str
    read: Reader
    many: bool = False
    default: str = ""
    chip: bool = True
    of_deployments: Field | None = None
    names: str = ""
    in_form: Reader | None = None


def word(
    choices: Collection[str],
    labels: Mapping[str, str] | None = None,
    also: Mapping[str, str] | None = None,
    *,
    explained: bool = False,
) -> Reader:
    """One of those words, also as pages call it or in other letters.

    labels: what pages call a word; also: other texts of pages, with the words that they mean
    explained: whether pages put more after a word, as in `failing, running`
    """
    labels, also = labels or {}, also or {}

    def read(text: str) -> str:
        if text in choices:
            return text
        heads = (_HEAD.split(text)[0],) if explained else ()
        for given in (text, *heads):
            same = [w for w in choices if given.casefold() in _names(w, labels, also)]
            if len(same) == 1:
                return same[0]
        raise Unusable("it is none of " + _named(choices))

    return read


def _named(words: Collection[str]) -> str:
    """Words in a sentence, as many as anybody reads."""
    rest = len(words) - _MOST_NAMED
    return ", ".join(islice(words, _MOST_NAMED)) + (f" and {rest:,} others" if rest > 0 else "")


def _names(word: str, labels: Mapping[str, str], also: Mapping[str, str]) -> set[str]:
    texts = [word, labels.get(word, word), *(text for text, meant in also.items() if meant == word)]
    return {text.casefold() for text in texts}


def opaque(text: str) -> str:
    """An id or a word of the API: anything that can be one."""
    if not text.isprintable():
        raise Unusable("it holds characters that no id has")
    return text


def agent(text: str) -> str:
    """The id of an agent, also where its version stands beside it: `agent_a v3`."""
    versioned = _VERSIONED.fullmatch(opaque(text))
    return versioned[1] if versioned else text


def free(text: str) -> str:
    """Text to search for, without space at its ends, and without the sign that a page left out its rest."""
    searched = " ".join(text.removesuffix("…").split())
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


def hour(first: int, last: int) -> Reader:
    """A whole hour of a day, also as a clock shows it: `1`, `01` or `01:00`."""

    def read(text: str) -> str:
        digits = text.removesuffix(":00")
        if digits.isascii() and digits.isdigit() and len(digits) < 3 and first <= int(digits) <= last:
            return str(int(digits))
        raise Unusable(f"it is not an hour from {first} to {last}, such as {first + 1} or {first + 1:02}:00")

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


def day(now: datetime) -> Reader:
    """A day of this century, as `2026-06-15` or as pages print it; now: in the reader's zone."""

    def read(text: str) -> str:
        try:
            given = date.fromisoformat(as_iso(text, now)[:10] or text)
        except ValueError as error:
            raise Unusable("it is no day such as 2026-06-15") from error
        if not FIRST_YEAR <= given.year <= LAST_YEAR:
            raise Unusable(f"it is not between {FIRST_YEAR} and {LAST_YEAR}")
        return given.isoformat()

    return read


def known_zone_name(text: str) -> str:
    """A time zone by its IANA name."""
    if known_zone(text) is None:
        raise Unusable("it is no zone such as Europe/Berlin")
    return text


def zone(text: str) -> str:
    """A time zone: its IANA name, or `job` for each deployment's own."""
    if text != EACH_JOBS_OWN and known_zone(text) is None:
        raise Unusable("it is no zone such as Europe/Berlin, and not job")
    return text
