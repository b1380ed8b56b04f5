"""The wall as it was: a tile for each deployment, by how it had been judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.utils import timezone

from dashboard import __version__
from dashboard.domain.states import Health
from dashboard.domain.times import to_the_second
from dashboard.filters import AT, Query
from dashboard.models import Run
from dashboard.services.deployments import list as deployment_list
from dashboard.services.lists import badges
from dashboard.services.past.healths import StoodThen, last_failures, stood
from dashboard.services.past.moment import PastMoment, past_moment
from dashboard.services.status.age import DataAge
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.wallboard.fitting import cut_middle
from dashboard.services.wallboard.grid import BAND, HEIGHT, NOTE, GridStep, fit_grid
from dashboard.services.wallboard.headline import WallHeadline, describe_healths, headline
from dashboard.services.wallboard.page import EmptyWall, Wall, WallSection, left_out
from dashboard.services.wallboard.tiles import TileLine, WallTile, short_reason
from dashboard.services.wallboard.warning import WallWarning
from dashboard.web import bundles, formatting


def past_wall(query: Query, snapshot: Snapshot) -> Wall:
    """The screen at the instant of the query; raises Unusable where that is not known."""
    moment = past_moment(query.one(AT), snapshot)
    chosen = deployment_list.matching(query.with_values(health="", include_archived="true"))
    rows = stood(moment.at, chosen, query.many("health"))
    healths = Counter(row.health for row in rows)
    needy = sum(healths[word] for word in Health.NEEDY)
    warning = _warning(moment)
    height = HEIGHT - BAND * (1 + bool(warning)) - NOTE * bool(query.words)
    fitted = fit_grid(needy, len(rows) - needy, int(query.one("columns") or "0"), height)
    shown = rows[: fitted.needy + fitted.calm]
    tiles = _tiles(shown, fitted.step, moment, several=len(snapshot.accounts) > 1)
    return Wall(
        filter=query,
        now=moment.at,
        zone=timezone.get_current_timezone_name(),
        version=f"{__version__}-{bundles.version()}",
        headline=_headline(healths, moment),
        warning=warning,
        age=DataAge(None, None, every_account=False),
        fit=fitted,
        sections=(WallSection(None, tuple(tiles)),),
        tiles=tiles,
        tally=tuple((badges.of_many(word), healths[word]) for word in Health.ORDER if healths[word]),
        total=len(rows),
        more=left_out(healths - Counter(row.health for row in shown)),
        page=0,
        simulated=any(feed.simulated for feed in snapshot.feeds),
        failing=healths[Health.FAILING],
        quiet=(),
        silent=(),
        empty=None if rows else EmptyWall("Nothing to show", "No deployment had been judged by then."),
        was=moment.steps(lambda at: query.url(at=to_the_second(at)), snapshot.now),
    )


def _headline(healths: Counter[str], moment: PastMoment) -> WallHeadline:
    """The words of a wall of that moment, but for how far anything had been read: a band says that."""
    words = headline(healths, (), {}, "", moment.at)
    if words.tone == "calm" and (moment.stale or moment.partly):
        return WallHeadline(words.loud, describe_healths(healths), Health.UNREAD, "")
    return words


def _warning(moment: PastMoment) -> WallWarning | None:
    return WallWarning("STALE THEN", moment.sentences) if moment.sentences else None


def _tiles(rows: Iterable[StoodThen], step: GridStep, moment: PastMoment, *, several: bool) -> list[WallTile]:
    rows = list(rows)
    runs = last_failures(rows, moment.at)
    return [_tile(row, runs.get(row.key), step, moment, several=several) for row in rows]


def _tile(row: StoodThen, run: Run | None, step: GridStep, moment: PastMoment, *, several: bool) -> WallTile:
    lines = (short_reason(run.error_type), run.error_line) if run else ()
    since = row.since if row.health in Health.NEEDY else None
    return WallTile(
        id=row.deployment_id,
        account=row.account if several else "",
        name=cut_middle(row.name, step.name_room),
        full_name=row.name,
        health=row.health,
        badge=row.badge,
        beside=f"for {formatting.rough_age(moment.at - since)}" if since else "",
        lines=tuple(TileLine(words) for words in lines if words)[:2],
        running=False,
        stale=any(reading.stale for reading in moment.readings if reading.account == row.account),
        strip=None,
        acknowledged=False,
    )
