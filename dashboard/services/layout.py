"""What is on every page: where one is, what fails, whose data it is and how old."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from dashboard import __version__
from dashboard.domain.states import Health
from dashboard.services.lists import badges
from dashboard.services.status.feeds import FeedView
from dashboard.services.status.snapshot import Snapshot


@dataclass(frozen=True)
class TabSignal:
    """The title's beginning and the icon, neither of which needs colour.

    state: `failing`, `stale`, `attention` or `calm`: each has an icon of a shape of its own
    failing: how many deployments fail; waiting: how many others somebody should look at
    words: what goes before the title of a page, such as `(3!) `; empty where all is calm
    """

    state: str
    failing: int
    waiting: int
    words: str


@dataclass(frozen=True)
class NavLink:
    """A page in the bar."""

    key: str
    word: str
    url: str
    glyph: str
    current: bool


@dataclass(frozen=True)
class Failing:
    """How many deployments fail now, and the list of them."""

    count: int
    url: str = "/deployments/?health=failing"
    at_least: bool = False


@dataclass(frozen=True)
class Layout:
    """The page around the page. `now` is taken once: every age on the page is told from it."""

    title: str
    signal: TabSignal
    here: str
    links: tuple[NavLink, ...]
    failing: Failing | None
    now: datetime
    zone: str
    person: str
    has_password: bool
    signs_out: bool
    version: str
    feeds: list[FeedView]


_PAGES = (
    ("overview", "Overview", "overview"),
    ("deployments", "Deployments", "deployments"),
    ("runs", "Runs", "runs"),
    ("failures", "Failures", "failed"),
    ("calendar", "Calendar", "schedule"),
)


def layout(here: str, title: str, snapshot: Snapshot, person: str, *, has_password: bool = False) -> Layout:
    """The frame of a page; the tab's title begins with the worst.

    person: who is signed in, or nothing; has_password: whether this site keeps a password for them
    """
    told = tab_signal(snapshot.healths, [view.state for view in snapshot.feeds])
    return Layout(
        title=told.words + title,
        signal=told,
        here=here,
        links=tuple(NavLink(key, word, reverse(key), glyph, key == here) for key, word, glyph in _PAGES),
        failing=Failing(told.failing) if told.failing else None,
        now=snapshot.now,
        zone=timezone.get_current_timezone_name(),
        person=person,
        has_password=has_password and settings.DASHBOARD_AUTH == "login",
        signs_out=bool(person) and settings.DASHBOARD_AUTH != "proxy",
        version=__version__,
        feeds=snapshot.feeds,
    )


def tab_signal(healths: Mapping[str, int], feeds: Collection[str]) -> TabSignal:
    """The worst of it.

    healths: how many deployments have each health; feeds: the state of each feed
    """
    worst = next((health for health in Health.NEEDY if healths.get(health)), "")
    failing = healths.get(Health.FAILING, 0)
    stale = "stale" in feeds
    said = [_said(worst, healths[worst])] if worst else []
    said += ["stale"] if stale else []
    return TabSignal(
        state="failing" if failing else "stale" if stale else "attention" if worst else "calm",
        failing=failing,
        waiting=sum(healths.get(health, 0) for health in Health.NEEDY) - failing,
        words=f"({', '.join(said)}) " if said else "",
    )


def _said(health: str, number: int) -> str:
    return f"{number}!" if health == Health.FAILING else f"{number} {badges.of_many(health).word}"
