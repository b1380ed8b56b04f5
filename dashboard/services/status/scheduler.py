"""That the scheduler itself is silent: as the sync keeps it, and in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from dashboard import filters
from dashboard.domain.scheduler import AGENT, ENVIRONMENT, SchedulerSilence
from dashboard.domain.states import Health
from dashboard.domain.text import one_line
from dashboard.models import Deployment, Feed
from dashboard.models.deployment_queries import health_is

_FILTERS = {ENVIRONMENT: "environment_id", AGENT: "agent_id"}


@dataclass(frozen=True)
class SilentScheduler:
    """A group of an account's deployments of which nothing fires.

    account: whose scheduler; shown: its name where there are several accounts
    """

    account: str
    shown: str
    silence: SchedulerSilence

    @property
    def who(self) -> str:
        """Which deployments it is about, in a clause; empty for all."""
        silence = self.silence
        parts = (f"{silence.kind} {one_line(silence.value)}" if silence.value else "", self.shown)
        return " in ".join(filter(None, parts))

    def sentence(self, now: datetime) -> str:
        """How many promises came to nothing and since when, in the zone of `now`."""
        silence, at = self.silence, self.silence.since.astimezone(now.tzinfo)
        since = f"{at:%H:%M}" if at.date() == now.date() else f"{at:%-d %b %H:%M}"
        of = f" of {self.who}" if self.who else ""
        return f"0 of {silence.promised:,} promised firings{of} came since {since}; the API answers"

    @property
    def missed(self) -> filters.Query:
        """The question for the deployments that it has kept from firing."""
        asked: dict[str, Any] = {"health": Health.MISSED}
        if self.shown:
            asked["account"] = self.account
        if self.silence.value:
            asked[_FILTERS[self.silence.kind]] = self.silence.value
        return filters.ask_deployments(**asked)

    @property
    def condition(self) -> Q:
        """The same as a condition on deployments."""
        group = {_FILTERS[self.silence.kind]: self.silence.value} if self.silence.value else {}
        owner = {"account": self.account} if self.shown else {}
        return health_is(Health.MISSED) & Q(**owner, **group)

    def covers(self, row: Deployment) -> bool:
        """Whether a deployment is one of them."""
        own = {ENVIRONMENT: row.environment_id, AGENT: row.agent_id}.get(self.silence.kind, "")
        return (row.account, row.health, own) == (self.account, Health.MISSED, self.silence.value)


def as_stored(silences: Iterable[SchedulerSilence]) -> list[dict[str, Any]]:
    """What a feed keeps of them."""
    return [vars(one) | {"since": one.since.isoformat()} for one in silences]


def silent_schedulers(feeds: Iterable[Feed], accounts: Sequence[str]) -> tuple[SilentScheduler, ...]:
    """What these feeds keep; accounts: all that are configured."""
    return tuple(
        SilentScheduler(
            feed.account,
            feed.account if len(accounts) > 1 else "",
            SchedulerSilence(**one | {"since": datetime.fromisoformat(one["since"])}),
        )
        for feed in feeds
        for one in feed.scheduler
    )
