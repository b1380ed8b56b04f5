"""The wall: every deployment on one screen, worst first, and how old what it says is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from dashboard import __version__
from dashboard.domain.states import Health
from dashboard.filters import Query
from dashboard.models import Deployment
from dashboard.services.deployments import list as deployment_list
from dashboard.services.lists import badges
from dashboard.services.lists.paging import in_order
from dashboard.services.overview.headline import short_of_failing
from dashboard.services.status import feeds
from dashboard.services.status.feeds import FeedView, Trouble
from dashboard.services.wallboard import tiles
from dashboard.services.wallboard.grid import Grid, fit_grid
from dashboard.services.wallboard.tiles import TileContext, WallTile, clock
from dashboard.web import stylesheet
from dashboard.web.components import Badge

MOST_TOLD = 3  # accounts whose trouble is told in words; the rest is counted


@dataclass(frozen=True)
class WallHeadline:
    """The first words. tone: `failing`, `trouble`, `calm`, or empty where nothing can be said yet."""

    loud: str
    rest: str
    glyph: str
    tone: str


@dataclass(frozen=True)
class WarningBand:
    """What is wrong with the data: the words across the screen, then one clause for each account."""

    loud: str
    told: tuple[str, ...]


@dataclass(frozen=True)
class Wall:
    """Everything on the screen.

    tally: how many deployments have each health; they add up to `total`, also where not all have a tile
    more: what has no tile, in words; page, pages: which turn of the rotation this is
    age: seconds since the account that was read longest ago was read; None where one was never read
    empty: why there is nothing to show, as a title and a sentence
    version: of the program that made it; a screen that shows another one loads itself anew
    """

    filter: Query
    now: datetime
    zone: str
    version: str
    verdict: WallHeadline
    band: WarningBand | None
    age: float | None
    fit: Grid
    tiles: list[WallTile]
    tally: tuple[tuple[Badge, int], ...]
    total: int
    more: str
    page: int
    simulated: bool
    failing: int
    empty: tuple[str, str] | None

    @property
    def refresh(self) -> int:
        """Seconds from one look to the next; a rotation is never outrun."""
        rotate = self.filter.one("rotate")
        return min(int(self.filter.one("refresh")), int(rotate or "300"))


def wall(query: Query, now: datetime) -> Wall:
    """The screen at that instant; the number of queries depends on nothing that is shown."""
    views = feeds.feeds(now, query.many("account"))
    told = {it.account: it.read_at for it in views if it.state == "stale" and it.read_at}
    matching = Deployment.objects.matching(query, now, told)
    ranked = list(in_order(matching, deployment_list.ORDERS["health"]).values_list("health", "pk"))
    healths = Counter(health for health, _ in ranked)
    needy = sum(healths[word] for word in Health.NEEDY)
    fitted = fit_grid(needy, len(ranked) - needy, int(query.one("columns") or "0"))
    page = _page(query, fitted, now)
    calm = needy + page * fitted.calm
    chosen = ranked[: fitted.needy] + ranked[calm : calm + fitted.calm]
    shown = matching.filter(pk__in=[pk for _, pk in chosen])
    order = deployment_list.ORDERS[query.one("sort")]
    complete = frozenset(it.account for it in views if it.complete)
    telling = TileContext(now, told, complete, len(feeds.account_names()) > 1)
    return Wall(
        filter=_questioned(query, fitted),
        now=now,
        zone=timezone.get_current_timezone_name(),
        version=f"{__version__}-{stylesheet.sheet()[1]}",
        verdict=_verdict(healths, views, told, now),
        band=_band(views, now),
        age=_age(views, now),
        fit=fitted,
        tiles=tiles.tiles(list(in_order(shown, order)), fitted.step.size, telling),
        tally=tuple((badges.of_many(word), healths[word]) for word in Health.ORDER if healths[word]),
        total=len(ranked),
        more=_more(healths - Counter(health for health, _ in chosen)),
        page=page,
        simulated=any(it.simulated for it in views),
        failing=healths[Health.FAILING],
        empty=None if ranked else _empty(query, views),
    )


def _page(query: Query, fitted: Grid, now: datetime) -> int:
    """Which turn it is, from 0: told by the clock, so that all screens agree, with scripts or without."""
    rotate = query.one("rotate")
    return int(now.timestamp()) // int(rotate) % fitted.pages if rotate else 0


def _questioned(query: Query, fitted: Grid) -> Query:
    """The question; a number of columns that cannot be kept to is named."""
    asked = query.one("columns")
    if not asked or int(asked) == fitted.step.columns:
        return query
    why = f"what needs somebody, or all there is, has its tiles in {fitted.step.columns}"
    return query.dropping("columns", asked, why)


def _verdict(
    healths: Counter[str], feeds: Sequence[FeedView], told: Mapping[str, datetime], now: datetime
) -> WallHeadline:
    """How bad it is: what fails, else the worst that does not, else that nothing needs anybody."""
    if not healths:
        return WallHeadline("Nothing to show", "", "never", "")
    then = f"at {clock(min(told.values()), now)}" if told and len(told) == len(feeds) else ""
    failing, others = healths[Health.FAILING], short_of_failing(healths)
    if failing:
        return WallHeadline(f"{failing:,} failing", _joined(then, others), "failed", "failing")
    if others:
        worst = next(word for word in Health.NEEDY if healths[word])
        rest = _joined(then, [*others[1:], "nothing failing"])
        return WallHeadline(others[0], rest, badges.of_many(worst).glyph, "trouble")
    calm = all(it.fresh for it in feeds)
    return WallHeadline(
        "Nothing needs you", _joined(then, [_counted(healths)]), "completed", "calm" if calm else ""
    )


def _joined(then: str, told: Sequence[str]) -> str:
    """What was so, and of when it is."""
    return ": ".join(filter(None, (then, ", ".join(told))))


def _counted(healths: Mapping[str, int]) -> str:
    return ", ".join(f"{healths[w]:,} {badges.of_many(w).word}" for w in Health.ORDER if healths[w])


def _more(left: Counter[str]) -> str:
    """What has no tile: how many, and what they are."""
    number = sum(left.values())
    if not number:
        return ""
    return f"+{number:,} more, all ok" if left[Health.OK] == number else f"+{number:,} more: {_counted(left)}"


def _band(feeds: Sequence[FeedView], now: datetime) -> WarningBand | None:
    """What keeps the data from being true now; None where nothing does."""
    troubled = [(it, it.trouble) for it in feeds if it.trouble]
    if not troubled:
        return None
    loud = "STALE DATA" if any(it.read_at for it, _ in troubled) else "NOTHING READ YET"
    named = len(feeds) > 1
    told = [(f"{it.account}: " if named else "") + _clause(it, why, now) for it, why in troubled[:MOST_TOLD]]
    more = len(troubled) - len(told)
    return WarningBand(loud, (*told, *([f"and {more} more accounts"] if more else [])))


def _clause(it: FeedView, why: Trouble, now: datetime) -> str:
    read = f"last complete read {_exact(it.read_at, now)}" if it.read_at else "never read"
    retry = f", next try {_exact(why.retry_at, now)}" if why.retry_at else ""
    return f"{read}: {why.sentence.rstrip('.')}{retry}"


def _exact(at: datetime, now: datetime) -> str:
    return f"{clock(at, now)}:{timezone.localtime(at):%S}"


def _age(feeds: Sequence[FeedView], now: datetime) -> float | None:
    """As old as what was read longest ago; never below zero, should the reading host's clock run ahead."""
    read = [it.read_at for it in feeds if it.read_at]
    return max((now - min(read)).total_seconds(), 0.0) if read and len(read) == len(feeds) else None


def _empty(query: Query, feeds: Sequence[FeedView]) -> tuple[str, str]:
    if feeds and all(it.state == "never" for it in feeds):
        runs = sum(it.runs_read for it in feeds)
        return "Not read yet", f"The first reading is under way: {runs:,} runs read so far."
    if query.active:
        return "No deployment matches", f"Asked for: {query.words}"
    return "No deployment exists yet", "One that is created in Qoder appears here within seconds."
