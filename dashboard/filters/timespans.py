"""Instants as the URL writes them: `24h`, `7d`, `today`, a date, an ISO 8601 instant, what pages print.

Pure functions: what is relative is resolved against the `now` given, and stays relative in the URL.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, tzinfo

from dashboard.domain.times import before
from dashboard.filters.printed_dates import as_iso

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_PART = re.compile(r"(\d{1,9}|\d{1,9}\.\d{1,3}(?= ?s)) ?(ms|s|min|m|h|d|w)")  # seconds may have a fraction
_LENGTH = re.compile(rf"{_PART.pattern}(?: ?{_PART.pattern})*")
# What pages put around an instant and around a length: `read 3 min ago`, `usual 18 s (of 20 runs)`.
_WHEN = re.compile(r"(?:(?:data|read|since|from|as of|at|until|for) )*(.+?)(?: ago| old)?")
_HOW_LONG = re.compile(
    r"(?:(?:usual|median|limit|after|for|at|over|within|the) )*(.+?)(?: so far)?(?:,.*| \(of .*)?"
)
_SECONDS = re.compile(r"\d{1,9}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_AHEAD = "in "  # before a length: so much later than now
_LONGEST = timedelta(days=3650)
LAST_NIGHT = "last-night"  # from the evening of the day before until this morning
_EVENING, _MORNING = time(18), time(8)
_NAMED = ("today", "yesterday", LAST_NIGHT)
_EXAMPLES = "use 15m, 24h, 7d, today, yesterday, a date or an ISO 8601 instant"


class Unusable(ValueError):  # noqa: N818 - what is wrong names it
    """A text that means nothing here; the message says why, in words for the reader."""


def length(text: str) -> timedelta:
    """A length of time: `90s`, `15m`, `24h`, `7d`, or as pages write it: `3 min 41 s`, `17.3 s`.

    A bare number is seconds. Raises Unusable for anything else, and beyond ten years.
    """
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    elif _LENGTH.fullmatch(text):
        seconds = sum(float(part[1]) * _UNITS[part[2]] for part in _PART.finditer(text))
    else:
        raise Unusable("it is not a length of time such as 90s, 15m or 2h")
    if seconds > _LONGEST.total_seconds():
        raise Unusable("it is more than ten years")
    return timedelta(seconds=seconds)


def canonical_length(text: str) -> str:
    """One text for each length, in the largest unit that divides it; hours go up to two days, as on pages.

    Raises Unusable.
    """
    bare = _HOW_LONG.fullmatch(text)
    milliseconds = round(length(bare[1] if bare else text) / timedelta(milliseconds=1))
    sizes = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))
    usual = sizes if milliseconds >= 2 * 86_400_000 else sizes[1:]
    unit, size = next(pair for pair in usual if milliseconds % pair[1] == 0)
    return f"{milliseconds // size}{unit}" if milliseconds else "0s"


def canonical_instant(text: str, now: datetime) -> str:
    """One text for each relative instant, `24h` for `1d` and for `24 h ago`; what a page prints in ISO 8601.

    Another text stays as it is, but for what pages put around it. now: in the reader's zone. Raises Unusable.
    """
    if text.replace(" ", "-") == LAST_NIGHT:
        return LAST_NIGHT
    around = _WHEN.fullmatch(text)
    bare = around[1] if around else text
    if bare == "now":
        return "0s"
    ahead = _AHEAD if bare.startswith(_AHEAD) else ""
    if _LENGTH.fullmatch(bare.removeprefix(ahead)):
        return ahead + canonical_length(bare.removeprefix(ahead))
    return as_iso(bare, now) or bare


def since(text: str, now: datetime) -> datetime:
    """The instant at which `text` begins, days in the zone of `now`. Raises Unusable."""
    return _instant(text, now, end_of_day=False)


def until(text: str, now: datetime) -> datetime:
    """The instant before which `text` ends: a day counts to its end. Raises Unusable."""
    return _instant(text, now, end_of_day=True)


def span(since_text: str, until_text: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Both ends of a span; None for one that is not given."""
    return (
        since(since_text, now) if since_text else None,
        until(until_text, now) if until_text else None,
    )


def in_form(text: str, now: datetime, resolve: Callable[[str, datetime], datetime]) -> str:
    """What a native field for a date and a time shows of an instant; nothing of a relative one.

    now: in the reader's zone; resolve: `since` or `until`
    """
    if text in _NAMED or _LENGTH.fullmatch(text):
        return ""
    at = resolve(text, now).replace(tzinfo=None)
    exact = "milliseconds" if at.microsecond else "seconds" if at.second else "minutes"
    return at.isoformat(timespec=exact)


def _instant(given: str, now: datetime, *, end_of_day: bool) -> datetime:
    try:
        text = canonical_instant(given, now)
        if text == LAST_NIGHT:
            return _last_night(now, end=end_of_day)
        if text in _NAMED:
            return _day(now - timedelta(days=text == "yesterday"), now.tzinfo, end_of_day=end_of_day)
        if _LENGTH.fullmatch(text.removeprefix(_AHEAD)):
            distance = length(text.removeprefix(_AHEAD))
            return before(now, -distance if text.startswith(_AHEAD) else distance)
        at = _absolute(text, now, end_of_day=end_of_day)
        at.astimezone(UTC)  # an instant at the edge of the calendar may have none
        return at
    except (ValueError, OverflowError) as error:
        raise Unusable(str(error) if isinstance(error, Unusable) else _EXAMPLES) from error


def _absolute(text: str, now: datetime, *, end_of_day: bool) -> datetime:
    if _DATE.fullmatch(text):
        return _day(datetime.fromisoformat(text), now.tzinfo, end_of_day=end_of_day)
    if "T" not in text or len(text) > 40:
        raise Unusable(_EXAMPLES)
    at = datetime.fromisoformat(text.replace(" ", "+"))  # an unescaped + of a URL arrives as a space
    at = at.replace(tzinfo=at.tzinfo or now.tzinfo)
    return at.astimezone(now.tzinfo)


def _last_night(now: datetime, *, end: bool) -> datetime:
    """When it begins, or ends, by the clock of `now`."""
    day = now.date() - timedelta(days=not end)
    return datetime.combine(day, _MORNING if end else _EVENING, now.tzinfo)


def _day(at: datetime, zone: tzinfo | None, *, end_of_day: bool) -> datetime:
    day = at.date() + timedelta(days=end_of_day)
    return datetime.combine(day, time.min, zone)
