"""Health over time: what it was after each turn, drawn as stretches, and how long each of it stood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from dashboard.domain.states import Health
from dashboard.web import formatting
from tests.compare.oracle.standing import Standing
from tests.compare.oracle.view import Look
from tests.compare.oracle.wording import moment, of_many

Healths = dict[tuple[str, str], str]
NOT_KNOWN = ""
MOST_SUMS = 2


class Stood(NamedTuple):
    """What a health was between two instants; `more`: how many short stretches are drawn with it."""

    health: str
    since: datetime
    until: datetime
    more: int = 0

    @property
    def length(self) -> timedelta:
        """How long it stood."""
        return self.until - self.since


def texts(
    row: Standing, look: Look, turns: Mapping[datetime, Healths], length: timedelta, parts: int
) -> list[str]:
    """The stretches of so long a time until now, oldest first; parts: in how many it could be seen."""
    return [_text(stood) for stood in _drawn(_stretches(row, look, turns, length), length / parts)]


def bands(
    row: Standing, look: Look, turns: Mapping[datetime, Healths], lengths: Sequence[timedelta], parts: int
) -> list[list[str]]:
    """The same of several lengths, the shortest first, but of those that know of nothing older than it."""
    edges = (look.now - length for length in (timedelta(), *lengths))
    return [
        texts(row, look, turns, length, parts)
        for edge, length in zip(edges, lengths, strict=False)
        if any(
            stood.health not in (NOT_KNOWN, Health.UNREAD) and stood.since < edge
            for stood in _drawn(_stretches(row, look, turns, length), length / parts)
        )
    ]


def sums(row: Standing, look: Look, turns: Mapping[datetime, Healths], length: timedelta) -> list[str]:
    """How long each of what somebody should look at stood in that time, the worst first."""
    stretches = _stretches(row, look, turns, length)
    lengths = {
        health: sum((stood.length for stood in stretches if stood.health == health), timedelta())
        for health in Health.NEEDY
    }
    return [f"{of_many(health)} {formatting.age(time)}" for health, time in lengths.items() if time][
        :MOST_SUMS
    ]


def _stretches(
    row: Standing, look: Look, turns: Mapping[datetime, Healths], length: timedelta
) -> list[Stood]:
    key, account = row.deployment.key, look.of(row.deployment.account)
    seen = [(at, healths[key]) for at, healths in sorted(turns.items()) if key in healths and at <= look.now]
    watched = [*account.watched]
    if watched:
        since, until = max(watched, key=lambda span: span[1])
        watched = [span for span in watched if span != [since, until]]
        watched.append([since, max(until, look.judged_at(account.name))])
    kept_from = look.now - look.keeps
    begin = look.now - length
    failed = _failed_before(row, seen)
    edges = {begin, look.now, *(at for at, _ in seen), *(at for span in watched for at in span), kept_from}
    edges |= {*failed}
    result: list[Stood] = []
    for since, until in pairwise(sorted(at for at in edges if begin <= at <= look.now)):
        judged = [health for at, health in seen if at <= since]
        known = kept_from <= since and any(a <= since < b for a, b in watched)
        health = judged[-1] if judged and known else NOT_KNOWN
        if failed and since < failed[1]:
            health = Health.FAILING if since >= failed[0] else NOT_KNOWN
        if result and result[-1].health == health:
            since = result.pop().since
        result.append(Stood(health, since, until))
    return result


def _failed_before(row: Standing, seen: Sequence[tuple[datetime, str]]) -> tuple[datetime, ...]:
    """From when until when it failed before it was judged first, where it has failed ever since."""
    judged = [(at, health) for at, health in seen if health != Health.UNREAD]
    if not judged or {health for _, health in judged} != {Health.FAILING} or not row.failures:
        return ()
    since = row.failures[-1].at
    return (since, judged[0][0]) if since < judged[0][0] else ()


def _drawn(stretches: Sequence[Stood], shortest: timedelta) -> list[Stood]:
    """Those that are too short to be seen are drawn as one, where they lie side by side, as the worst."""
    order = [*Health.ORDER, NOT_KNOWN]
    drawn: list[Stood] = []
    for stood in stretches:
        if drawn and stood.length < shortest and drawn[-1].length < shortest:
            last = drawn.pop()
            health = min(last.health, stood.health, key=order.index)
            stood = Stood(health, last.since, stood.until, last.more + 1)
        drawn.append(stood)
    return drawn


def _text(stood: Stood) -> str:
    word = of_many(stood.health) if stood.health else "not known"
    text = f"{word}, {moment(stood.since)} to {moment(stood.until)}, {formatting.age(stood.length)}"
    return f"{text}, {stood.more} short changes" if stood.more else text
