"""What is on every page: where one is, what fails, whose data it is and how old."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from dashboard import __version__
from dashboard.domain.states import FeedState, Health, Outcome
from dashboard.services.lists import badges
from dashboard.services.status.age import DataAge
from dashboard.services.status.feeds import FeedView
from dashboard.services.status.first_reading import FirstReading
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls


@dataclass(frozen=True)
class TabSignal:
    """The title's beginning and the icon, neither of which needs colour.

    state: `failing`, `stale`, `attention` or `calm`: each has an icon of a shape of its own
    failing: how many deployments fail
    prefix: what goes before the title of a page, such as `(3!) `; empty where all is calm
    """

    state: str
    failing: int
    prefix: str


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
    url: str = field(default_factory=partial(urls.on_site, "/deployments/?health=failing"))


@dataclass(frozen=True)
class Person:
    """Who has signed in: `person` is a name, or nothing. Whether they can change a password here.

    administrator: whether they manage people
    """

    person: str
    has_password: bool
    signs_out: bool
    administrator: bool


@dataclass(frozen=True)
class Layout(Person):
    """The page around the page.

    now: taken once; every age on the page is counted from it
    first_readings: accounts never read completely; so_far: what "there is none" ends with meanwhile
    age: of the data of all accounts; feed: the worst state of their feeds
    demonstration: which of what is shown is made up, as the beginning of a sentence; empty where nothing is
    visitor: whether whoever reads it has but a link, and is shown no settings
    """

    title: str
    signal: TabSignal
    here: str
    links: tuple[NavLink, ...]
    failing: Failing | None
    now: datetime
    zone: str
    version: str
    feeds: list[FeedView]
    first_readings: tuple[FirstReading, ...]
    so_far: str
    age: DataAge
    feed: str
    demonstration: str
    visitor: bool = False

    @property
    def several(self) -> bool:
        """Whether there is more than one account, so that each must be named."""
        return len(self.feeds) > 1


_PAGES = (
    ("overview", "Overview", "overview"),
    ("deployments", "Deployments", "deployments"),
    ("runs", "Runs", "runs"),
    ("failures", "Failures", Outcome.FAILED),
    ("calendar", "Calendar", "schedule"),
)


def person(name: str, *, has_password: bool = False, administrator: bool = False) -> Person:
    """Who is signed in, or nobody; has_password: whether this site keeps a password for them."""
    return Person(
        person=name,
        has_password=has_password and settings.DASHBOARD_AUTH == "login",
        signs_out=bool(name) and settings.DASHBOARD_AUTH != "proxy",
        administrator=administrator,
    )


def layout(here: str, title: str, snapshot: Snapshot, whose: Person | None = None) -> Layout:
    """The frame of a page; the tab's title begins with the worst.

    whose: whose page it is; nobody's where it is made for all
    """
    whose = whose or person("")
    signal = tab_signal(snapshot.healths, [feed.state for feed in snapshot.feeds])
    return Layout(
        title=signal.prefix + title,
        signal=signal,
        here=here,
        links=tuple(NavLink(key, word, reverse(key), glyph, key == here) for key, word, glyph in _PAGES),
        failing=Failing(signal.failing) if signal.failing else None,
        now=snapshot.now,
        zone=timezone.get_current_timezone_name(),
        person=whose.person,
        has_password=whose.has_password,
        signs_out=whose.signs_out,
        administrator=whose.administrator,
        version=__version__,
        feeds=snapshot.feeds,
        first_readings=snapshot.first_readings,
        so_far=snapshot.so_far,
        age=snapshot.age,
        feed=_feed_state(snapshot),
        demonstration=_demonstration(snapshot.feeds),
    )


def read_only_layout(title: str, snapshot: Snapshot, accounts: Collection[str]) -> Layout:
    """The frame of a page that a read-only link opens: nothing of what the link does not show.

    accounts: those that it shows; all that there are where none is named
    """
    shown = [feed.for_visitors() for feed in snapshot.feeds_of(accounts)]
    return replace(
        layout("", title, snapshot),
        title=title,
        links=(),
        failing=None,
        feeds=shown,
        first_readings=snapshot.first_readings_of(accounts),
        demonstration=_demonstration(shown),
        visitor=True,
    )


def tab_signal(healths: Mapping[str, int], feeds: Collection[str]) -> TabSignal:
    """The worst of it.

    healths: how many deployments have each health; feeds: the state of each feed
    """
    worst = next((health for health in Health.NEEDY if healths.get(health)), "")
    failing = healths.get(Health.FAILING, 0)
    stale, unread = FeedState.STALE in feeds, FeedState.NEVER in feeds
    clauses = [_clause(worst, healths[worst])] if worst else []
    clauses += [FeedState.STALE] if stale else []
    clauses += ["first reading"] if unread else []
    attention = "attention" if worst or unread else "calm"
    return TabSignal(
        state=Health.FAILING if failing else FeedState.STALE if stale else attention,
        failing=failing,
        prefix=f"({', '.join(clauses)}) " if clauses else "",
    )


def _clause(health: str, number: int) -> str:
    return f"{number}!" if health == Health.FAILING else f"{number} {badges.of_many(health).word}"


def _feed_state(snapshot: Snapshot) -> str:
    """The state that the age of the data is shown with."""
    if snapshot.age.read_at is None:
        return FeedState.NEVER
    if any(feed.state == FeedState.STALE for feed in snapshot.feeds):
        return FeedState.STALE
    return FeedState.READING if snapshot.first_readings else FeedState.LIVE


def _demonstration(feeds: Sequence[FeedView]) -> str:
    made_up = [feed.account for feed in feeds if feed.simulated]
    if not made_up:
        return ""
    if len(made_up) == len(feeds):
        return "These deployments and runs are"
    return f"The account {made_up[0]} is"
