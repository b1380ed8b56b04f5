"""The API's records as the oracle understands them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from dashboard.domain.states import Outcome

LONGEST_ID = 256
DOCUMENTED = (Outcome.PENDING, Outcome.RUNNING, Outcome.COMPLETED, Outcome.FAILED, Outcome.SKIPPED)


def of(record: Any, *path: str) -> Any:
    """The value at a path of keys; None where a step is missing."""
    for key in path:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def instant(value: Any) -> datetime | None:
    """A time as the API writes it."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def words(value: Any) -> str:
    """A text; empty for what is none."""
    return value if isinstance(value, str) else ""


def usable(record: Any) -> bool:
    """Whether a record can be kept: it has an id of a possible length."""
    return isinstance(record, dict) and 0 < len(words(record.get("id"))) <= LONGEST_ID


@dataclass(eq=False)
class SeenRun:
    """A run as it was last read; `gone_at` when it was seen to be listed no more."""

    account: str
    raw: dict[str, Any]
    status: str
    reported: bool
    at: datetime
    gone_at: datetime | None = None

    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def key(self) -> tuple[str, str]:
        return self.account, words(self.raw.get("deployment_id"))

    @property
    def finished(self) -> bool:
        """Whether nothing more is to be heard of it."""
        return self.status not in (Outcome.PENDING, Outcome.RUNNING) or self.completed_at is not None

    @property
    def unreported(self) -> bool:
        """Whether its record does not report how it ended, but at most that it did not start."""
        return self.status == Outcome.STARTED or (self.status == Outcome.FAILED and not self.reported)

    @property
    def open(self) -> bool:
        """Whether it may still change, as far as is known."""
        return not self.finished and self.gone_at is None

    @property
    def started_at(self) -> datetime | None:
        return instant(of(self.raw, "cas_run_extras", "started_at"))

    @property
    def completed_at(self) -> datetime | None:
        return instant(self.raw.get("completed_at"))

    @property
    def scheduled_at(self) -> datetime | None:
        return instant(of(self.raw, "trigger_context", "scheduled_at"))

    @property
    def trigger(self) -> str:
        return words(of(self.raw, "trigger_context", "type"))

    @property
    def attempt(self) -> int | None:
        number = of(self.raw, "cas_run_extras", "attempt")
        return number if isinstance(number, int) else None

    @property
    def agent(self) -> tuple[str, int | None]:
        return words(of(self.raw, "agent", "id")), of(self.raw, "agent", "version")

    @property
    def session_id(self) -> str:
        return words(self.raw.get("session_id"))

    @property
    def has_error(self) -> bool:
        return self.raw.get("error") not in (None, False)

    @property
    def error_type(self) -> str:
        return words(of(self.raw, "error", "type"))

    @property
    def error_message(self) -> str:
        error = self.raw.get("error")
        return words(error.get("message")) if isinstance(error, dict) else words(error)

    @property
    def ms(self) -> int | None:
        """How long it lasted, in milliseconds."""
        reported = self.raw.get("duration_ms")
        if isinstance(reported, int | str):  # digits as a text mean the same
            return max(int(reported), 0)
        began = self.started_at
        if began is None and self.status == Outcome.FAILED and not self.session_id:
            began = instant(self.raw.get("created_at"))  # it failed before it came to a session
        if began is None or self.completed_at is None:
            return None
        return max(round((self.completed_at - began) / timedelta(milliseconds=1)), 0)


def read_run(account: str, raw: dict[str, Any], now: datetime) -> SeenRun:
    """A run as it is read now."""
    word = words(raw.get("status")).strip()
    status = word.lower() if word.lower() in DOCUMENTED else word
    has_error = raw.get("error") not in (None, False)
    session = Outcome.STARTED if raw.get("session_id") else Outcome.PENDING
    times = (raw.get("triggered_at"), raw.get("created_at"), of(raw, "cas_run_extras", "started_at"))
    at = next((at for value in (*times, raw.get("completed_at")) if (at := instant(value))), now)
    if has_error and status not in DOCUMENTED:
        return SeenRun(account, raw, Outcome.FAILED, bool(status), at)
    return SeenRun(account, raw, status or session, bool(status), at)


@dataclass(eq=False)
class Slot:
    """A promised instant; `gap` to the nearest one that was promised with it.

    totals: how often slots of its deployment were `settled` as something, and `revised` from it
    """

    key: tuple[str, str]
    at: datetime
    gap: timedelta
    outcome: str
    reason: str = ""
    moved_to: datetime | None = None
    run_id: str = ""
    totals: Counter[tuple[str, str]] = field(default_factory=Counter)
    late: timedelta = timedelta()

    def become(self, outcome: str) -> None:
        """Take an outcome."""
        if outcome != self.outcome:
            self.totals["settled", outcome] += 1
            self.totals["revised", self.outcome] += 1
            self.outcome = outcome


@dataclass(eq=False)
class SeenDeployment:
    """A deployment as it was last read, at `read_at`, and the slots that are known of it.

    known_since: since when it is known that it had no run, where it has none
    """

    account: str
    raw: dict[str, Any]
    read_at: datetime
    known_since: datetime
    gone_at: datetime | None = None
    slots: dict[datetime, Slot] = field(default_factory=dict)
    totals: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def key(self) -> tuple[str, str]:
        return self.account, self.id

    @property
    def name(self) -> str:
        """Its name, as the API has it."""
        return words(self.raw.get("name"))

    @property
    def label(self) -> str:
        """What it is called."""
        return self.name or self.id

    @property
    def status(self) -> str:
        return words(self.raw.get("status"))

    @property
    def archived_at(self) -> datetime | None:
        return instant(self.raw.get("archived_at"))

    @property
    def created_at(self) -> datetime | None:
        return instant(self.raw.get("created_at"))

    @property
    def updated_at(self) -> datetime | None:
        return instant(self.raw.get("updated_at"))

    @property
    def paused_reason(self) -> str:
        return words(of(self.raw, "paused_reason", "type"))

    @property
    def active(self) -> bool:
        """Whether it fires, as its record says."""
        return self.status == "active" and self.archived_at is None

    @property
    def fires(self) -> bool:
        """Whether it fires at all."""
        return self.active and self.gone_at is None

    @property
    def schedule(self) -> tuple[str, str]:
        """Its expression and zone."""
        schedule = self.raw.get("schedule")
        return words(of(schedule, "expression")), words(of(schedule, "timezone"))

    @property
    def promised(self) -> list[datetime]:
        """What is promised, in order."""
        values = of(self.raw, "schedule", "upcoming_runs_at") or []
        return sorted({at for value in values if (at := instant(value))})

    @property
    def cadence(self) -> tuple[object, ...]:
        """What says how often it is to run."""
        coming = any(at > self.read_at for at in self.promised) if self.active else False
        return self.schedule, self.gap, self.limit, self.updated_at, coming

    @property
    def gap(self) -> timedelta | None:
        """The shortest distance of two promises."""
        promised = self.promised
        return min((b - a for a, b in pairwise(promised)), default=None)

    @property
    def limit(self) -> timedelta | None:
        """How long a run may take."""
        ms = of(self.raw, "metadata", "cas_config", "config", "timeout_ms")
        return timedelta(milliseconds=ms) if isinstance(ms, int) else None
