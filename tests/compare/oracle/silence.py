"""When nothing fires any more: promises of several deployments came to nothing, and none came true since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from dashboard.domain.states import FeedState, Health, SlotOutcome
from tests.compare.oracle.knowing import AccountKnowledge
from tests.compare.oracle.reading import SeenDeployment, Slot, of, words
from tests.compare.oracle.standing import MET, Standing
from tests.compare.oracle.view import Look
from tests.compare.worlds import HOUR

FEWEST, LOOK_BACK = 3, 26 * HOUR
KINDS = ("account", "environment", "agent")


@dataclass(frozen=True)
class Silence:
    """A group of an account's deployments of which nothing fires: `lost` promises, the earliest first."""

    account: str
    kind: str
    value: str
    lost: tuple[Slot, ...]

    @property
    def keys(self) -> set[tuple[str, str]]:
        """The deployments whose promises those are."""
        return {slot.key for slot in self.lost}

    def holds(self, row: Standing) -> bool:
        """Whether a deployment is missed in it."""
        ours = self.account == row.deployment.account and row.health == Health.MISSED
        return ours and self.value == _shared(row.deployment)[self.kind]

    def sentence(self, look: Look) -> str:
        """What it comes to."""
        since, now = timezone.localtime(self.lost[0].at), timezone.localtime(look.now)
        whose = f"{self.kind} {self.value}" if self.value else ""
        who = " in ".join(filter(None, (whose, self.account if look.several else "")))
        clock = f"{since:%H:%M}" if since.date() == now.date() else f"{since:%-d %b %H:%M}"
        of_whom = f" of {who}" if who else ""
        return f"0 of {len(self.lost)} promised firings{of_whom} came since {clock}; the API answers"


def silences(look: Look) -> list[Silence]:
    """All of them, of the accounts that are known as they are now, in order of these."""
    fresh = (row for row in look.accounts if look.state(row) in (FeedState.LIVE, FeedState.READING))
    return [silence for account in fresh for silence in _of_account(account, look)]


def _of_account(account: AccountKnowledge, look: Look) -> Iterator[Silence]:
    rows = [row for row in look.standings if row.deployment.account == account.name]
    if sum(bool(row.missed) for row in rows) < FEWEST or account.read_at is None:
        return
    groups = {(kind, value) for row in rows for kind, value in _shared(row.deployment).items() if value}
    silent = []
    for kind, value in {("account", ""), *groups}:
        members = [row for row in rows if _shared(row.deployment)[kind] == value]
        lost = _lost(members, account, account.read_at - LOOK_BACK)
        if len({slot.key for slot in lost}) >= FEWEST:
            silent.append(Silence(account.name, kind, value, tuple(lost)))
    silent.sort(key=lambda one: (-len(one.keys), KINDS.index(one.kind), one.value))
    for place, one in enumerate(silent):
        if not any(one.keys <= larger.keys for larger in silent[:place]):
            yield one


def _lost(rows: list[Standing], account: AccountKnowledge, since: datetime) -> list[Slot]:
    """The missed promises of some deployments since any came true, in one span of reading without a break."""
    answered = [slot for row in rows for slot in row.slots(*MET, SlotOutcome.UNOBSERVED) if slot.at >= since]
    last = max((slot.at + slot.late for slot in answered), default=since)
    missed = [slot for row in rows if row.deployment.fires for slot in row.slots(SlotOutcome.MISSED)]
    lost = sorted((slot for slot in missed if slot.at > last or slot.at == since), key=lambda slot: slot.at)
    spans = [begin for begin, end in account.watched if lost and begin <= lost[-1].at <= end]
    return [slot for slot in lost if spans and slot.at >= spans[0]]


def _shared(deployment: SeenDeployment) -> dict[str, str]:
    environment, agent = (
        words(deployment.raw["environment_id"]),
        words(of(deployment.raw, "agent", "id")),
    )
    return {"account": "", "environment": environment, "agent": agent}
