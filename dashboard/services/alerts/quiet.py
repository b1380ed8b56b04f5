"""Quiet windows: making, listing and ending them, and what is silent by them."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time

from dashboard.domain import quiet
from dashboard.domain.quiet import EVERY_DAY
from dashboard.domain.zones import known_zone
from dashboard.filters import Query
from dashboard.filters.timespans import Unusable
from dashboard.models import Deployment, Key, QuietWindow
from dashboard.services.alerts import rules
from dashboard.services.alerts.rules import RuleRefused
from dashboard.services.lists.questions import in_words
from dashboard.services.status.changes import pages_changed
from dashboard.services.status.feeds import account_names
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting, urls

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ABOUT_ACCOUNTS = {"account", "include_archived"}


@dataclass(frozen=True)
class QuietDraft:
    """A window that is asked for: once, by `begins` and `ends`, or again and again, by days and times.

    address: a list of deployments with its filters, of which none may be their health
    begins, ends: as `2026-11-03T22:00`; days: those on which it begins, of `DAYS`; none for every day
    from_time, to_time: as `22:00`
    """

    name: str
    address: str
    zone: str = "UTC"
    begins: str = ""
    ends: str = ""
    days: tuple[str, ...] = ()
    from_time: str = ""
    to_time: str = ""


@dataclass(frozen=True)
class QuietRow:
    """A window in the list of all.

    about: of which deployments, in words; when: in words
    until: when it ends where it is in force; begins: when it comes next, where it does
    problem: why its filters no longer mean what they meant; then it silences nothing
    """

    name: str
    address: str
    about: str
    covers: int
    when: str
    until: datetime | None
    begins: datetime | None
    problem: str


@dataclass(frozen=True)
class QuietLine:
    """A window that is in force, for a page: of how many deployments nothing is sent, and until when."""

    name: str
    until: datetime
    covers: int
    url: str


@dataclass(frozen=True)
class Covered:
    """What is in a quiet window; accounts: all of whose deployments are."""

    deployments: frozenset[Key]
    accounts: frozenset[str]


def make(draft: QuietDraft, made_by: str, snapshot: Snapshot) -> QuietWindow:
    """A new window; raises RuleRefused with the reason, as a sentence without a capital and a full stop."""
    name = draft.name.strip()[:60]
    if not name or QuietWindow.objects.filter(name=name).exists():
        raise RuleRefused("it needs a name that no other quiet window has")
    zone = known_zone(draft.zone)
    if zone is None:
        raise RuleRefused("no time zone has that name; names are like Europe/Berlin or UTC")
    query = _question(draft.address, snapshot)
    window = QuietWindow(
        name=name,
        address=urls.within_site(query.here),
        zone=draft.zone,
        made_by=made_by,
        made_at=snapshot.now,
    )
    if draft.begins or draft.ends:
        if draft.from_time or draft.to_time or draft.days:
            raise RuleRefused("it comes either once or again and again")
        window.begins_at, window.ends_at = _once(draft, zone, snapshot.now)
    else:
        window.days = "".join(str(day) for day in sorted(_days(draft.days)))
        window.from_time, window.to_time = _time(draft.from_time), _time(draft.to_time)
    window.covers = len(_keys(query))
    window.save()
    pages_changed()
    return window


def remove(name: str) -> bool:
    """End a window; whether there was one. What it held back is sent after the next look of the sync."""
    number, _ = QuietWindow.objects.filter(name=name).delete()
    if number:
        pages_changed()
    return number > 0


def rows(snapshot: Snapshot) -> list[QuietRow]:
    """Every window by name."""
    return [_row(window, snapshot) for window in QuietWindow.objects.order_by("name")]


def lines(snapshot: Snapshot) -> tuple[QuietLine, ...]:
    """The windows that are in force, the one that ends last first; one query where there is any window.

    One that covers nothing, be it that its filters mean nothing any more, is none of them.
    """
    if not snapshot.any_quiet:
        return ()
    windows = snapshot.kept("quiet-windows", lambda: list(QuietWindow.objects.not_over(snapshot.now)))
    shown = [
        QuietLine(window.name, until, window.covers, urls.on_site(window.address))
        for window, until in _in_force(windows, snapshot.now)
        if window.covers
    ]
    return tuple(sorted(shown, key=lambda line: (line.until, line.name), reverse=True))


def covered(snapshot: Snapshot) -> Covered:
    """What is silent at that instant; writes down how many deployments each window in force covers."""
    deployments: set[Key] = set()
    accounts: set[str] = set()
    for window, _ in _in_force(QuietWindow.objects.not_over(snapshot.now), snapshot.now):
        query = _meant(window, snapshot)
        keys = _keys(query) if query else set()
        deployments |= keys
        if len(keys) != window.covers:
            QuietWindow.objects.filter(pk=window.pk).update(covers=len(keys))
            pages_changed()
        if query and {chip.name for chip in query.chips} <= _ABOUT_ACCOUNTS:
            accounts |= {*query.many("account")} or {*account_names()}
    return Covered(frozenset(deployments), frozenset(accounts))


def _in_force(windows: Iterable[QuietWindow], now: datetime) -> Iterator[tuple[QuietWindow, datetime]]:
    for window in windows:
        if until := quiet.in_force_until(window.plan, now):
            yield window, until


def _meant(window: QuietWindow, snapshot: Snapshot) -> Query | None:
    """Which deployments a window is about; None where its filters mean nothing any more."""
    with suppress(Unusable):
        return _question(window.address, snapshot)
    return None


def _question(address: str, snapshot: Snapshot) -> Query:
    query = rules.question(address, snapshot)
    if query.path != rules.PATH:
        raise RuleRefused("it is about deployments: give their list with its filters")
    if query.many("health"):
        raise RuleRefused("it is about deployments however they stand: leave out health")
    return query


def _keys(query: Query) -> set[Key]:
    return set(Deployment.objects.matching(query).listed_keys())


def _once(draft: QuietDraft, zone: zoneinfo.ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    begin, end = _instant(draft.begins, zone), _instant(draft.ends, zone, last=True)
    if end <= begin or end <= now:
        raise RuleRefused("it has to end after it begins, and after now")
    return begin, end


def _instant(text: str, zone: zoneinfo.ZoneInfo, *, last: bool = False) -> datetime:
    try:
        return quiet.instant_of(text, zone, last=last)
    except (ValueError, OverflowError):
        raise RuleRefused("its beginning and its end are written like 2026-11-03T22:00") from None


def _days(words: tuple[str, ...]) -> frozenset[int]:
    try:
        return frozenset(DAYS.index(word.strip().lower()) for word in words) or EVERY_DAY
    except ValueError:
        raise RuleRefused(f"its days are of {', '.join(DAYS)}") from None


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text.strip()).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError:
        raise RuleRefused("it needs the times from when and until when, written like 22:00") from None


def _row(window: QuietWindow, snapshot: Snapshot) -> QuietRow:
    about, problem = _about(window, snapshot)
    return QuietRow(
        name=window.name,
        address=window.address,
        about=about,
        covers=window.covers,
        when=_when(window),
        until=None if problem else quiet.in_force_until(window.plan, snapshot.now),
        begins=quiet.next_begin(window.plan, snapshot.now),
        problem=problem,
    )


def _about(window: QuietWindow, snapshot: Snapshot) -> tuple[str, str]:
    """Of which deployments it is, in words, and why its filters mean nothing any more, where that is so."""
    try:
        return in_words(_question(window.address, snapshot)), ""
    except Unusable as error:
        return rules.PATH, str(error)


def _when(window: QuietWindow) -> str:
    zone = zoneinfo.ZoneInfo(window.zone)
    if window.begins_at and window.ends_at:
        begin, end = (formatting.moment(at.astimezone(zone)) for at in (window.begins_at, window.ends_at))
        return f"once, {begin} to {end} ({window.zone})"
    days = [DAYS[int(digit)].title() for digit in window.days]
    which = "daily" if len(days) == len(DAYS) else ", ".join(days)
    return f"{which}, {window.from_time:%H:%M} to {window.to_time:%H:%M} ({window.zone})"
