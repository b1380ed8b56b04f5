"""What became of the health of deployments between two instants, from the changes that the sync wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from dashboard.domain.states import Health
from dashboard.models import HealthChange, Key
from dashboard.models.health_change import HealthChangeQuerySet

MOST_CHANGES = 20_000  # that are read of one span; the newest


class WrittenChange(NamedTuple):
    """A change of health as it was written; see `HealthChange`: thousands are read, and no instances made."""

    account: str
    deployment_id: str
    at: datetime
    until_at: datetime | None
    before: str
    after: str
    cause: str
    run_id: str

    @property
    def key(self) -> Key:
        """The deployment it belongs to."""
        return self.account, self.deployment_id


@dataclass(frozen=True)
class HealthStory:
    """What became of one deployment.

    began, ended: its health when the span began and ended; began is empty where nobody had judged it
    changes: what lies between, oldest first; empty where it stood as it was all the time
    stands: the change to what it ended as
    """

    began: str
    ended: str
    changes: tuple[WrittenChange, ...]
    stands: WrittenChange

    @property
    def failures(self) -> int:
        """How often it began to fail."""
        return sum(row.after == Health.FAILING for row in self.changes)

    @property
    def failed(self) -> bool:
        """Whether it failed at any time."""
        return Health.FAILING in (self.began, *(row.after for row in self.changes))


@dataclass(frozen=True)
class HealthStories:
    """The deployments that changed, or failed all the time; read_from: later where not all could be read."""

    of: Mapping[Key, HealthStory]
    read_from: datetime


def health_stories(since: datetime, until: datetime) -> HealthStories:
    """What became of every deployment after `since` and up to `until`; two queries."""
    newest = HealthChange.objects.filter(at__gt=since, at__lte=until).order_by("-at", "-pk")
    rows = _read(newest[: MOST_CHANGES + 1])
    cut = len(rows) > MOST_CHANGES
    changes: dict[Key, list[WrittenChange]] = defaultdict(list)
    for row in reversed(rows[:MOST_CHANGES]):
        changes[row.key].append(row)
    stories = {row.key: _standing(row) for row in _read(HealthChange.objects.failing_through(since, until))}
    stories |= {key: _story(own) for key, own in changes.items()}
    return HealthStories(stories, rows[MOST_CHANGES - 1].at if cut else since)


def _read(rows: HealthChangeQuerySet) -> list[WrittenChange]:
    return [WrittenChange(*row) for row in rows.values_list(*WrittenChange._fields)]


def _story(changes: Sequence[WrittenChange]) -> HealthStory:
    return HealthStory(changes[0].before, changes[-1].after, tuple(changes), changes[-1])


def _standing(row: WrittenChange) -> HealthStory:
    return HealthStory(row.after, row.after, (), row)
