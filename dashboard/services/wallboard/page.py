"""The wall: every deployment on one screen, worst first, and how old the data is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.utils import timezone

from dashboard import __version__
from dashboard.domain.states import FeedState, Health
from dashboard.domain.times import to_the_second
from dashboard.filters import Query
from dashboard.models import Deployment, Key
from dashboard.models.deployment_queries import DeploymentQuerySet
from dashboard.services.alerts import quiet
from dashboard.services.alerts.quiet import QuietLine
from dashboard.services.deployments import groups
from dashboard.services.deployments import list as deployment_list
from dashboard.services.deployments.groups import GroupHeading
from dashboard.services.deployments.strips import Strip, strips
from dashboard.services.lists import badges
from dashboard.services.lists.paging import in_order
from dashboard.services.status.age import DataAge, data_age
from dashboard.services.status.feeds import FeedView
from dashboard.services.status.first_reading import describe
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.wallboard import tiles
from dashboard.services.wallboard.grid import BAND, HEIGHT, MOST_PLACES, NOTE, Grid, GridStep, fit_grid
from dashboard.services.wallboard.headline import WallHeadline, describe_healths, headline
from dashboard.services.wallboard.tiles import TileContext, WallTile
from dashboard.services.wallboard.warning import WallWarning, silent_scheduler, warning
from dashboard.web import bundles
from dashboard.web.components import Badge, ChoiceLink


class EmptyWall(NamedTuple):
    """Why a wall has no tile."""

    title: str
    sentence: str


@dataclass(frozen=True)
class WallSection:
    """The tiles that stand together, below the heading of their group where the wall has groups."""

    heading: GroupHeading | None
    tiles: tuple[WallTile, ...]


@dataclass(frozen=True)
class Wall:
    """Everything on the screen.

    tiles: those of all sections
    tally: how many deployments have each health; they add up to `total`, also where not all have a tile
    more: what has no tile, in words
    page: which turn of the rotation this is, from 1; 0 where nothing rotates
    age: of the data of the accounts on it
    quiet: the quiet windows that are in force
    silent: of which deployments nothing fires
    empty: why there is nothing to show
    was: of a wall as it was, the same a little earlier and later; None of what is so now
    version: of the program that made it; a screen that shows another one loads itself anew
    """

    filter: Query
    now: datetime
    zone: str
    version: str
    headline: WallHeadline
    warning: WallWarning | None
    age: DataAge
    fit: Grid
    sections: tuple[WallSection, ...]
    tiles: list[WallTile]
    tally: tuple[tuple[Badge, int], ...]
    total: int
    more: str
    page: int
    simulated: bool
    failing: int
    quiet: tuple[QuietLine, ...]
    silent: tuple[str, ...]
    empty: EmptyWall | None
    was: tuple[ChoiceLink, ...] | None = None

    @property
    def refresh(self) -> int:
        """Seconds from one look to the next; a rotation is never outrun."""
        rotate = self.filter.one("rotate")
        return min(int(self.filter.one("refresh")), int(rotate or "300"))

    @property
    def share_url(self) -> str:
        """The address for another screen: it names the zone, which is else each screen's own."""
        return self.filter.url(tz=self.filter.one("tz") or self.zone)

    @property
    def fixed_url(self) -> str:
        """The address of the screen as it is at this instant."""
        return self.filter.url(tz=self.filter.one("tz") or self.zone, at=to_the_second(self.now))

    @property
    def theme(self) -> str:
        """`dark` or `light`; empty where the screen's own setting decides."""
        theme = self.filter.one("theme")
        return "" if theme == "auto" else theme


def wall(query: Query, snapshot: Snapshot, *, visitor: bool = False) -> Wall:
    """The screen at that instant; the number of queries depends on nothing that is shown.

    visitor: whether whoever reads it has but a link, and is shown no settings
    """
    now, feeds = snapshot.now, snapshot.feeds_of(query.many("account"))
    shown_feeds = [feed.account for feed in feeds]
    first_reading = describe(
        snapshot.first_readings_of(query.many("account")), named=len(snapshot.accounts) > 1
    )
    stale = {account: at for account, at in snapshot.judged_at.items() if account in shown_feeds}
    matching = deployment_list.matching(query)
    ranked = snapshot.kept(f"wall-ranks-{query.url()}", partial(_ranked, matching))
    healths = Counter(health for health, _ in ranked)
    needy = sum(healths[word] for word in Health.NEEDY)
    trouble = warning([feed.for_visitors() for feed in feeds] if visitor else feeds, now)
    columns = int(query.one("columns") or "0")
    in_force = quiet.lines(snapshot)
    silent = silent_scheduler(snapshot, shown_feeds)
    query, headings = groups.wall_headings(matching, query, MOST_PLACES - needy)
    height = _height(query, bands=bool(trouble) + bool(silent), noted=bool(in_force))
    fitted = fit_grid(needy + len(headings), len(ranked) - needy, columns, height)  # a heading is cut no more
    turn = _turn(query, fitted, now)
    calm = needy + turn * fitted.calm
    chosen = ranked[: fitted.needy - len(headings)] + ranked[calm : calm + fitted.calm]
    keys = [pk for _, pk in chosen]
    read = partial(_read, matching.filter(pk__in=keys), query, fitted.step)
    deployments, drawn = snapshot.kept(f"wall-{query.url()}-{keys}-{fitted.step.strip}", read)
    complete = frozenset(feed.account for feed in feeds if feed.coverage.complete)
    context = TileContext(now, snapshot.judged_at, complete, len(snapshot.accounts) > 1, snapshot.notes)
    made = tiles.tiles(deployments, drawn, fitted.step, context)
    return Wall(
        filter=_kept_columns(query, fitted),
        now=now,
        zone=timezone.get_current_timezone_name(),
        version=f"{__version__}-{bundles.version()}",
        headline=headline(healths, feeds, stale, first_reading, now),
        warning=trouble,
        age=data_age([feed.read_at for feed in feeds], now),
        fit=fitted,
        sections=_sections(made, deployments, headings),
        tiles=made,
        tally=tuple((badges.of_many(word), healths[word]) for word in Health.ORDER if healths[word]),
        total=len(ranked),
        more=left_out(healths - Counter(health for health, _ in chosen)),
        page=turn + 1 if query.one("rotate") and fitted.pages > 1 else 0,
        simulated=any(feed.simulated for feed in feeds),
        failing=healths[Health.FAILING],
        quiet=in_force,
        silent=silent,
        empty=None if ranked else _empty(query, feeds, first_reading),
    )


def _ranked(matching: DeploymentQuerySet) -> list[tuple[str, int]]:
    """The health and the key of each of those deployments, worst first."""
    in_rank = in_order(matching, deployment_list.ORDERS["health"]).values_list("health_rank", "pk")
    return [(Health.ORDER[place], pk) for place, pk in in_rank]


def _read(
    chosen: DeploymentQuerySet, query: Query, step: GridStep
) -> tuple[list[Deployment], dict[Key, Strip]]:
    """Those deployments in the order of their tiles, and what is drawn of each where there is room."""
    order = deployment_list.orders(query)[query.one("sort")]
    deployments = list(in_order(groups.grouped(chosen, query), order))
    return deployments, strips(deployments) if step.strip else {}


def _sections(
    made: Sequence[WallTile],
    deployments: Sequence[Deployment],
    headings: Mapping[str | None, GroupHeading],
) -> tuple[WallSection, ...]:
    """The tiles below their headings; a group may have none in this turn of a rotation."""
    if not headings:
        return (WallSection(None, tuple(made)),)
    below: dict[str | None, list[WallTile]] = defaultdict(list)
    for tile, deployment in zip(made, deployments, strict=True):
        below[groups.value_of(deployment)].append(tile)
    return tuple(WallSection(heading, tuple(below[value])) for value, heading in headings.items())


def _height(query: Query, *, bands: int, noted: bool) -> float:
    """What the tiles have of the screen, beside warnings and the lines of the foot."""
    # Where the columns asked for are too few, that is a note as well.
    notes = bool(query.words) + bool(query.ignored or query.one("columns")) + noted
    return HEIGHT - BAND * bands - NOTE * notes


def _turn(query: Query, fitted: Grid, now: datetime) -> int:
    """Which turn it is, from 0: by the clock, so that all screens agree, with scripts or without."""
    rotate = query.one("rotate")
    return int(now.timestamp()) // int(rotate) % fitted.pages if rotate else 0


def _kept_columns(query: Query, fitted: Grid) -> Query:
    """The query, with a note where the number of columns asked for is too small."""
    asked = query.one("columns")
    if not asked or int(asked) == fitted.step.columns:
        return query
    why = f"all that needs attention has room in {fitted.step.columns} columns"
    return query.dropping("columns", asked, why)


def left_out(left: Counter[str]) -> str:
    """What has no tile: how many, and what they are."""
    number = sum(left.values())
    if not number:
        return ""
    which = ", all ok" if left[Health.OK] == number else f": {describe_healths(left)}"
    return f"+{number:,} more{which}"


def _empty(query: Query, feeds: Sequence[FeedView], first_reading: str) -> EmptyWall:
    if feeds and all(feed.state == FeedState.NEVER for feed in feeds):
        return EmptyWall("Not read yet", f"{first_reading[0].upper()}{first_reading[1:]}.")
    if query.active:
        return EmptyWall("No deployment matches", f"Asked for: {query.words}")
    return EmptyWall("No deployment exists yet", "One that is created in Qoder appears here within seconds.")
