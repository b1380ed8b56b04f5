"""Figures in words: instants, durations, distances from now, shares. Pure functions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def duration(duration: timedelta) -> str:
    """A duration in its two largest units: `17.3 s`, `3 min 41 s`, `2 h 5 min`, `4 d 3 h`.

    Below a minute it has tenths of a second, below a second milliseconds; a negative duration is zero.
    """
    seconds = max(duration.total_seconds(), 0.0)
    if seconds < 0.9995:
        return f"{round(seconds * 1000)} ms" if seconds else "0 s"
    if seconds < 59.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    return _two_units(round(seconds))


def duration_ms(milliseconds: int) -> str:
    """A duration that is given in milliseconds, as the API gives it."""
    return duration(timedelta(milliseconds=milliseconds))


def distance(at: datetime, now: datetime) -> str:
    """How far an instant is from now: `8 s ago`, `41 min ago`, `in 3 h 18 min`, `now`."""
    # In UTC: two instants of one zone are otherwise subtracted by its wall clock.
    seconds = round((at.astimezone(UTC) - now.astimezone(UTC)).total_seconds())
    if seconds == 0:
        return "now"
    words = _coarse(abs(seconds))
    return f"in {words}" if seconds > 0 else f"{words} ago"


def age(duration: timedelta) -> str:
    """How old something is, in whole seconds or minutes: `8 s`, `41 min`, `32 h 41 min`, `4 d`."""
    return _coarse(max(round(duration.total_seconds()), 0))


def rough_age(duration: timedelta) -> str:
    """How old something is in one unit, for who reads it from afar: `8 s`, `41 min`, `32 h`, `4 d`."""
    seconds = max(round(duration.total_seconds()), 0)
    return _coarse(seconds - seconds % _HOUR if seconds >= _HOUR else seconds)


def moment(at: datetime) -> str:
    """An instant in its own zone, as tables show it: `Tue 16 Jun 09:22`."""
    return f"{at:%a %-d %b %H:%M}"


def short_moment(at: datetime, now: datetime) -> str:
    """A past instant in its own zone, as short as it is clear: `09:22`, `Tue 09:22`, `16 Jun 09:22`.

    now: in the same zone; the day of the week is enough for the last six days
    """
    days = (now.date() - at.date()).days
    return f"{at:%H:%M}" if days == 0 else f"{at:%a %H:%M}" if 0 < days < 7 else f"{at:%-d %b %H:%M}"


def _coarse(seconds: int) -> str:
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        return _two_units(seconds - seconds % _MINUTE)
    return f"{seconds // _DAY} d"


def _two_units(seconds: int) -> str:
    """The largest unit and the one below it, a nought left out; hours go up to two days."""
    units = [(_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s")]
    if seconds < 2 * _DAY:
        units = units[1:]
    while seconds < units[0][0]:
        units = units[1:]
    parts = []
    for size, unit in units[:2]:
        count, seconds = divmod(seconds, size)
        parts += [f"{count} {unit}"] if count else []
    return " ".join(parts)


def counted(number: int, noun: str) -> str:
    """A number of things: `1 run`, `1,204 runs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent(part: int, total: int) -> str:
    """A share in words: never 100 % while one is missing, never 0 % while there is one.

    Empty where the total is 0.
    """
    if not total:
        return ""
    share = 100 * part / total
    if 0 < share < 0.1:
        return "under 0.1 %"
    if 99.9 < share < 100:
        return "over 99.9 %"
    return f"{share:.1f}".removesuffix(".0") + " %"


def height(number: int, highest: int, least: int) -> int:
    """The height of a bar in percent of the highest; any number above 0 is drawn at least `least` high."""
    return max(round(100 * number / highest), least) if number else 0


def agent(agent_id: str, version: int | None) -> str:
    """An agent, with its version where that is known: `agent_a v3`."""
    return f"{agent_id} v{version}" if version else agent_id
