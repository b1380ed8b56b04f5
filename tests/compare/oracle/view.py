"""Everything that is known at one look: what all expected figures are made of."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property

from dashboard.domain.states import FeedState
from tests.compare.oracle.knowing import AccountKnowledge, Knowledge
from tests.compare.oracle.reading import SeenDeployment, SeenRun
from tests.compare.oracle.standing import Standing
from tests.compare.worlds import DAY, MINUTE, SECOND


class Look:
    """What is known of a world when our clock shows `now`; `keeps`: how long runs are kept."""

    def __init__(self, knowledge: Knowledge, now: datetime, keeps: timedelta) -> None:
        """Nothing is counted yet."""
        self.accounts = knowledge.accounts
        self.now, self.keeps = now, keeps
        self.interval = knowledge.world.interval
        self.runs: list[SeenRun] = knowledge.runs
        self.deployments: list[SeenDeployment] = knowledge.deployments
        self.turns, self.changes = knowledge.healths, knowledge.changes

    @property
    def several(self) -> bool:
        """Whether there is more than one account."""
        return len(self.accounts) > 1

    @property
    def names(self) -> list[str]:
        """The names of all accounts."""
        return [account.name for account in self.accounts]

    def of(self, name: str) -> AccountKnowledge:
        """The account of that name."""
        return next(account for account in self.accounts if account.name == name)

    def judged_as_of(self, name: str) -> datetime | None:
        """As of when its figures are true; None before it was read completely."""
        return self.judged_at(name) if self.of(name).read_at else None

    def covers(self, name: str, since: datetime) -> bool:
        """Whether every run of an account since then is known, and kept."""
        known_from = self.of(name).known_from
        return known_from is not None and max(known_from, self.now - self.keeps) <= since

    def state(self, account: AccountKnowledge) -> str:
        """Whether an account is read, as pages call it."""
        if account.read_at is None or account.tried_at is None:
            return FeedState.NEVER
        silent = self.now - account.tried_at > max(30 * SECOND, 3 * self.interval)
        if account.trouble or silent or account.tried_at - self.now > 5 * MINUTE:
            return FeedState.STALE
        return FeedState.READING if account.filling else FeedState.LIVE

    def judged_at(self, name: str) -> datetime:
        """When an account is judged: now, or where it is stale, when all of it was read last."""
        account = self.of(name)
        stale = self.state(account) == FeedState.STALE
        return account.read_at if stale and account.read_at else self.now

    @property
    def unread(self) -> list[AccountKnowledge]:
        """The accounts that were never read completely."""
        return [account for account in self.accounts if account.read_at is None]

    @property
    def whole_day(self) -> bool:
        """Whether every run of the last day is known."""
        return all(self.covers(account.name, self.now - DAY) for account in self.accounts)

    def complete(self, name: str = "") -> bool:
        """Whether every run of an account that is to be kept is known; of all where none is named."""
        accounts = [account for account in self.accounts if name in ("", account.name)]
        return all(account.complete_at(self.now, self.keeps) for account in accounts)

    def _complete_when_judged(self, account: AccountKnowledge) -> bool:
        """Whether all was known at the last complete reading, of which our clock may be short again."""
        return account.complete_at(max(self.now, account.read_at or self.now), self.keeps)

    def streak(self, standing: Standing) -> str:
        """How many failures in a row; at least so many where what was before is not known."""
        least = standing.last_success is None and not self.complete(standing.deployment.account)
        return f"{len(standing.failures)}{'+' if least else ''} in a row"

    @cached_property
    def standings(self) -> list[Standing]:
        """Every deployment."""
        return [
            Standing(
                deployment,
                [run for run in self.runs if run.key == deployment.key],
                now=self.now,
                at=self.judged_at(deployment.account),
                judged_at=self.of(deployment.account).read_at or self.now,
                read=self.of(deployment.account).read_at is not None,
                complete=self._complete_when_judged(self.of(deployment.account)),
                known_from=self.of(deployment.account).known_from,
            )
            for deployment in self.deployments
        ]

    @cached_property
    def by_key(self) -> dict[tuple[str, str], Standing]:
        """The same by account and id."""
        return {standing.deployment.key: standing for standing in self.standings}
