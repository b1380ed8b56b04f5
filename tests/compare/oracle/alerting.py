"""What rules send: what opens, goes on and closes, looked at after each reading of an account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dashboard.domain.states import Health, MessageKind
from tests.compare.oracle import failing, silence, wording
from tests.compare.oracle.knowing import AccountKnowledge
from tests.compare.oracle.standing import Standing
from tests.compare.oracle.view import Look
from tests.compare.oracle.wording import moment
from tests.compare.worlds import DAY, HOUR, MINUTE

WELL_FOR, TOGETHER, UNSEEN_FOR, STILL_AFTER, STILL_EVERY = 5 * MINUTE, 10 * MINUTE, MINUTE, HOUR, DAY
LONGEST_LINE, SCHEDULER = 300, "scheduler"
Key = tuple[str, str]
Cause = tuple[str, ...]
Sent = tuple[str, tuple[str, ...]]  # a subject, and the lines of the text in any order


@dataclass
class Open:
    """A deployment that matches a rule, or did until shortly."""

    key: Key
    well_since: datetime | None = None
    announced: bool = False


@dataclass
class Incident:
    """What a rule has opened for one cause. closed: the deployments of which it is over."""

    cause: Cause
    label: str
    opened_at: datetime
    open: dict[Key, Open] = field(default_factory=dict)
    closed: list[Open] = field(default_factory=list)
    announced_at: datetime | None = None
    remind_at: datetime | None = None


@dataclass
class Rule:
    """Which healths somebody wants word of, by mail; `sent` is what was."""

    name: str
    healths: tuple[str, ...]
    incidents: list[Incident] = field(default_factory=list)
    unseen: dict[str, Incident] = field(default_factory=dict)
    sent: Counter[Sent] = field(default_factory=Counter)
    sent_at: datetime | None = None

    @property
    def number(self) -> int:
        """How much of it goes on."""
        return len(self.incidents) + len(self.unseen)

    @property
    def address(self) -> str:
        """The list of the deployments that it is about."""
        return "/deployments/?" + "&".join(f"health={health}" for health in self.healths)

    def read(self, account: AccountKnowledge, look: Look) -> None:
        """What follows from a reading of that account, or from a try of it."""
        if account.trouble is None or account.trouble_since is None:
            self._see(account, look)
        elif account.name not in self.unseen and look.now - account.trouble_since >= UNSEEN_FOR:
            label = f"cannot see account {account.name}: HTTP {account.trouble.status}"
            self.unseen[account.name] = Incident((), label, account.trouble_since)
            text = "Nothing is opened or closed until it can be read again."
            self._write(label, account.trouble_since, look.now, (text, "/"))

    def _see(self, account: AccountKnowledge, look: Look) -> None:
        now = look.now
        if incident := self.unseen.pop(account.name, None):
            label = f"account {account.name} is read again"
            self._write(label, incident.opened_at, now, ("What was missed meanwhile is judged now.", "/"))
        self._name_silences(look)
        mine = (row for row in look.standings if row.deployment.account == account.name)
        matching = {row.deployment.key: row for row in mine if row.health in self.healths}
        before = {key: incident for incident in self.incidents for key in incident.open}
        causes = {key: self._cause(row, before.get(key), look) for key, row in matching.items()}
        self._move(causes, now)
        for incident in self.incidents:
            for alert in [alert for key, alert in incident.open.items() if key[0] == account.name]:
                self._go_on(incident, alert, causes.get(alert.key), now)
        known = {key for incident in self.incidents for key in incident.open}
        for key, cause in sorted(causes.items(), key=lambda item: item[1][1]):
            if key not in known:
                self._incident(*cause, now).open[key] = Open(key)
        for incident in self.incidents:
            self._announce(incident, look)
        self.incidents = [incident for incident in self.incidents if incident.open]

    def _name_silences(self, look: Look) -> None:
        """More promises may have come to nothing since."""
        labels = {_of_silence(one): _label_of_silence(one, look) for one in silence.silences(look)}
        for incident in self.incidents:
            incident.label = labels.get(incident.cause, incident.label)

    def _cause(self, row: Standing, known: Incident | None, look: Look) -> tuple[Cause, str]:
        """Why it matches; one that belongs to a silence of the scheduler does so until it is well."""
        if row.health == Health.MISSED and known and known.cause[0] == SCHEDULER:
            return known.cause, known.label
        shared = [one for one in silence.silences(look) if one.holds(row)]
        return (_of_silence(shared[0]), _label_of_silence(shared[0], look)) if shared else _cause(row)

    def _move(self, causes: dict[Key, tuple[Cause, str]], now: datetime) -> None:
        """What was missed alone belongs to the silence that turns out to be why."""
        for incident in list(self.incidents):
            for key in [key for key in incident.open if key in causes]:
                cause, label = causes[key]
                if incident.cause == (Health.MISSED,) and cause[0] == SCHEDULER:
                    alert = incident.open.pop(key)
                    alert.announced = False
                    self._incident(cause, label, now).open[key] = alert

    def _go_on(self, incident: Incident, alert: Open, cause: tuple[Cause, str] | None, now: datetime) -> None:
        if cause and cause[0] == incident.cause:
            alert.well_since = None
        elif cause is None and (alert.well_since is None or alert.well_since > now):
            alert.well_since = now
        elif cause or (alert.well_since and now - alert.well_since >= WELL_FOR):
            incident.closed.append(incident.open.pop(alert.key))

    def _incident(self, cause: Cause, label: str, now: datetime) -> Incident:
        for incident in self.incidents:
            if incident.cause == cause:
                return incident
        self.incidents.append(Incident(cause, label, now))
        return self.incidents[-1]

    def _announce(self, incident: Incident, look: Look) -> None:
        now, alerts = look.now, incident.open.values()
        new = [alert for alert in alerts if not alert.announced and alert.well_since is None]
        recent = incident.announced_at is not None and timedelta() <= now - incident.announced_at < TOGETHER
        if not alerts:
            if named := {alert.key for alert in incident.closed if alert.announced}:
                self._name(MessageKind.CLOSED, incident, named, look)
        elif new and not recent:
            self._name(MessageKind.OPENED, incident, {alert.key for alert in new}, look)
            for alert in new:
                alert.announced = True
            incident.announced_at = now
            incident.remind_at = incident.remind_at or _next(incident, now)
        elif incident.remind_at and incident.remind_at <= now:
            self._name(MessageKind.STILL, incident, {alert.key for alert in alerts}, look)
            incident.remind_at = _next(incident, now)

    def _name(self, kind: str, incident: Incident, keys: Iterable[Key], look: Look) -> None:
        rows = [look.by_key[key] for key in keys]
        number = f"{len(rows)} deployment{'' if len(rows) == 1 else 's'}"
        subject = {
            MessageKind.OPENED: f"{number}: {incident.label}",
            MessageKind.STILL: f"still {number}: {incident.label}",
            MessageKind.CLOSED: f"over: {incident.label}, {number}",
        }[kind]
        read = [at for row in rows if (at := look.of(row.deployment.account).read_at)]
        as_of = f"As of the reading of {moment(min(read), UTC)}."
        lines = [_line(row) for row in rows]
        self._write(subject, incident.opened_at, look.now, (*lines, as_of, self.address))

    def _write(self, subject: str, since: datetime, now: datetime, lines: tuple[str, ...]) -> None:
        begun = f"Since {moment(since, UTC)} (UTC)."
        subject = _one_line(f"[{self.name}] {subject}")[:200]
        self.sent_at = now
        self.sent[subject, tuple(sorted((*lines, begun)))] += 1


def _next(incident: Incident, now: datetime) -> datetime:
    """When it is sent again that something goes on."""
    first = incident.opened_at + STILL_AFTER
    return first if now < first else now + STILL_EVERY


def _cause(row: Standing) -> tuple[Cause, str]:
    """What ties those together that share it, and what it is called."""
    failure = row.last_failure
    if row.health != Health.FAILING or failure is None:
        word = wording.LABELS.get(row.health, row.health)
        return (row.health,), word
    label = failure.error_type or failure.error_message or row.health
    return failing.kind_of(failure), _one_line(label)[:300]


def _of_silence(one: silence.Silence) -> Cause:
    return SCHEDULER, one.account, one.kind, one.value


def _label_of_silence(one: silence.Silence, look: Look) -> str:
    return _one_line(f"scheduler silent: {one.sentence(look)}")[:300]


def _line(row: Standing) -> str:
    word, failure = wording.LABELS.get(row.health, row.health), row.last_failure
    if row.health == Health.FAILING and failure:
        error = _one_line(f"{failure.error_type} {failure.error_message}".strip())
        word = f"{word}: {error}" if error else word
    return f"- {_one_line(row.deployment.label)}: {word}"


def _one_line(text: str) -> str:
    """A text without what would part it, or turn its direction, and not too long for a line."""
    text = text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"
    return "".join(letter if letter.isprintable() else ascii(letter).strip("'") for letter in text)
