"""The first sentence of the overview: how bad it is, and how old and whole what it rests on is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.domain.states import Health
from dashboard.models import Key
from dashboard.services.failures import Incident
from dashboard.services.lists import badges
from dashboard.services.status.feeds import FeedView
from dashboard.web import formatting
from dashboard.web.components import Count


@dataclass(frozen=True)
class Headline:
    """loud: what is red; rest: what follows it; under: the line below, with what all of it rests on."""

    loud: str
    rest: str
    under: str
    calm: bool


def headline(
    healths: Mapping[str, int],
    cause: str,
    ran: Count,
    reach: str,
    feeds: Sequence[FeedView],
    now: datetime,
) -> Headline:
    """What the numbers come to.

    healths: how many deployments have each health; cause: what those that fail have in common, if anything
    ran: runs of the last day; reach: how whole they are
    """
    failing = healths.get(Health.FAILING, 0)
    loud = f"{failing:,} {_plural('deployment', failing)} failing" if failing else ""
    others = short_of_failing(healths)
    parts = [*others, _age(feeds, now)]
    if not healths:
        read = feeds and all(view.read_at for view in feeds)
        rest = "The API lists no current deployment" if read else "No deployment has been read yet"
        return Headline("", f"{rest}; {_age(feeds, now)}", "", calm=False)
    if not failing and not others:
        parts = ["Nothing needs you", _age(feeds, now)]
    elif not failing:
        parts[0] = f"{parts[0]}, nothing failing"
    rest = (f"{', ' if cause else ''}{cause}; " if failing else "") + "; ".join(parts)
    return Headline(loud, rest, _under(healths, ran, reach), calm=not failing and not others)


def short_of_failing(healths: Mapping[str, int]) -> list[str]:
    """What needs somebody and does not fail, worst first: `1 missed`, `2 late`."""
    others = (word for word in Health.NEEDY if word != Health.FAILING and healths.get(word))
    return [f"{healths[word]:,} {badges.of_many(word).word}" for word in others]


def cause(events: Sequence[Incident], failing: Collection[Key]) -> str:
    """What several deployments that fail now began to fail with at the same time; empty if nothing."""
    alike = [(len(event.keys & set(failing)), event) for event in events]
    many, event = max(alike, key=lambda pair: pair[0], default=(0, None))
    if event is None or many < 2:
        return ""
    who = "likely one cause" if many == len(failing) else f"{many:,} of them likely for one cause"
    return f"{who}: {event.error_type or event.error_line or 'no error told'}"


def _under(healths: Mapping[str, int], ran: Count, reach: str) -> str:
    fine = healths.get(Health.OK, 0)
    total = sum(healths.values())
    return (
        f"{fine:,} {'is' if fine == 1 else 'are'} fine. {total:,} {_plural('deployment', total)}, "
        f"{ran.text} {_plural('run', ran.number)} in 24 h, {reach}."
    )


def _age(feeds: Sequence[FeedView], now: datetime) -> str:
    """How old the data is: as old as that of the account read longest ago."""
    read = [view.read_at for view in feeds if view.read_at]
    if len(read) < len(feeds) or not read:
        return "not all accounts have been read" if read else "nothing has been read yet"
    stale = ", stale" if any(view.state == "stale" for view in feeds) else ""
    return f"data {formatting.age(now - min(read))} old{stale}"


def _plural(noun: str, number: int) -> str:
    return noun if number == 1 else noun + "s"
