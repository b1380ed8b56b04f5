"""The first words of the wall: how bad it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.domain.states import Health, Outcome
from dashboard.services.lists import badges
from dashboard.services.overview.headline import calm_text, short_of_failing
from dashboard.services.status.feeds import FeedView
from dashboard.web.local_clock import clock


@dataclass(frozen=True)
class WallHeadline:
    """The first words. tone: `failing`, `trouble`, `calm`, or empty where nothing is known yet."""

    loud: str
    rest: str
    glyph: str
    tone: str


def headline(
    healths: Counter[str],
    feeds: Sequence[FeedView],
    stale: Mapping[str, datetime],
    first_reading: str,
    now: datetime,
) -> WallHeadline:
    """How bad it is: what fails, else the worst that does not, else that nothing needs anybody.

    healths: how many deployments have each health; stale: accounts whose data is stale, and of when it is
    first_reading: how far accounts have been read that were never read completely; empty where there is none
    """
    if not healths:
        return WallHeadline("Nothing to show", "", Health.NEVER_RAN, "")
    then = f"at {clock(min(stale.values()), now)}" if stale and len(stale) == len(feeds) else ""
    failing, others = healths[Health.FAILING], short_of_failing(healths)
    unjudged = ["not all is read yet"] if first_reading else []
    if failing:
        rest = _joined(then, [*others, *unjudged])
        return WallHeadline(f"{failing:,} failing", rest, Outcome.FAILED, Health.FAILING)
    if others:
        worst = next(word for word in Health.NEEDY if healths[word])
        rest = _joined(then, [*others[1:], *(unjudged or ["nothing failing"])])
        return WallHeadline(others[0], rest, badges.of_many(worst).glyph, "trouble")
    if first_reading or healths[Health.UNREAD]:
        unread = badges.of_many(Health.UNREAD)
        return WallHeadline("Not judged yet", first_reading or describe_healths(healths), unread.glyph, "")
    known = not healths[Health.OUTCOME_UNKNOWN]
    calm = known and all(feed.fresh for feed in feeds)
    return WallHeadline(
        calm_text(healths),
        _joined(then, [describe_healths(healths)]),
        Outcome.COMPLETED if known else Outcome.STARTED,
        "calm" if calm else "",
    )


def describe_healths(healths: Mapping[str, int]) -> str:
    """How many there are of each health, worst first: `2 failing, 7 ok`."""
    present = (health for health in Health.ORDER if healths[health])
    return ", ".join(f"{healths[health]:,} {badges.of_many(health).word}" for health in present)


def _joined(then: str, clauses: Sequence[str]) -> str:
    """What is the case, after the instant that it is known of."""
    return ": ".join(filter(None, (then, ", ".join(clauses))))
