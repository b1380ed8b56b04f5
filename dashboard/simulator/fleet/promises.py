"""What the API promised in the past, for whoever is to believe that it was watched before it was started."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from dashboard.simulator.fleet import slots
from dashboard.simulator.fleet.marks import DAY, moment
from dashboard.simulator.fleet.stories import Story

MOST = 100  # of one deployment, the newest


class PastPromise(NamedTuple):
    """An instant that was promised; moved_to: what was promised in its place, before it was due."""

    deployment_id: str
    at: datetime
    moved_to: datetime | None


def past_promises(story: Story, since: int, until: int) -> Iterator[PastPromise]:
    """The promises of one deployment between two times in microseconds, in order."""
    expression, zone = story.expression, story.plan.zone
    if not expression or story.stops <= until:
        return
    days = range(since // DAY, until // DAY + 2)
    known = [at for day in days for at in slots.of_day(story.expression_on(day), zone, day)]
    known = [at for at in known if story.created <= at < story.silent_from]
    pairs = [(at, after) for at, after in pairwise(known) if since <= at < until]
    for at, after in pairs[-MOST:]:
        yield PastPromise(story.plan.key, moment(at), moment(after) if story.recedes(at) else None)
