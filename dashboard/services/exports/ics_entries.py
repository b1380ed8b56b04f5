"""The entries of one deployment in the calendar's file: rules with exceptions, and what no rule has.

An instant that went otherwise than its rule says is an exception of it (RECURRENCE-ID), one that the rule
has and the deployment has not is left out of it (EXDATE).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dashboard.domain import cron
from dashboard.domain.cron import Schedule
from dashboard.domain.recurrence import Repetition, repetitions
from dashboard.domain.states import CalendarState, SlotOutcome
from dashboard.models import Deployment
from dashboard.services.exports import ics_text
from dashboard.web import urls

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=24)
UNKNOWN_LENGTH = timedelta(minutes=5)
_PREFIXES = {  # of an entry's title, for what did not run as promised
    SlotOutcome.MISSED: "missed: ",
    SlotOutcome.UNOBSERVED: "not seen: ",
    SlotOutcome.SKIPPED: "skipped: ",
    CalendarState.PROJECTED: "projected: ",
}
_AS_PROMISED = SlotOutcome.DUE  # what a rule stands for, and every outcome without a prefix


@dataclass(frozen=True)
class Entries:
    """Entries as text. `zone`: the zone whose wall clock they repeat by; empty where none repeats."""

    text: bytes = b""
    zone: str = ""


@dataclass
class EntryWriter:
    """Writes the entries of one deployment.

    made_at: when the file is made
    url_of: makes a path of this site into an address that a calendar program can open
    """

    deployment: Deployment
    made_at: datetime
    url_of: Callable[[str], str]
    _texts: dict[str, bytes] = field(default_factory=dict)

    def entries(self, states: Mapping[datetime, str], *, projected: bool = False) -> Entries:
        """Those of some instants, given with their states: all of them projected, or none."""
        usual = CalendarState.PROJECTED if projected else _AS_PROMISED
        schedule = Schedule(self.deployment.expression, self.deployment.timezone)
        repeated = repetitions(states, schedule)
        parts = [self._repeating(repetition, states, usual) for repetition in repeated]
        in_rules = {at for repetition in repeated for at in repetition.instants.values()}
        parts += [self._single(at, state) for at, state in states.items() if at not in in_rules]
        return Entries(b"".join(parts), ics_text.zone_name(repeated[0].first) if repeated else "")

    def _repeating(self, repetition: Repetition, states: Mapping[datetime, str], usual: str) -> bytes:
        """The entry that repeats, and one for each of its instants that went otherwise."""
        uid = self._uid(f"{repetition.first:%H%M}" + ("-projected" if usual != _AS_PROMISED else ""))
        content = [
            uid,
            ics_text.local("DTSTART", [repetition.first]),
            ics_text.weekly(repetition.weekdays, repetition.last),
        ]
        if repetition.left_out:
            content.append(ics_text.local("EXDATE", repetition.left_out))
        exceptions = [
            (local, states[at])
            for local, at in repetition.instants.items()
            if _prefix(states[at]) != _prefix(usual)
        ]
        return self._entry(content, usual) + b"".join(
            self._entry(
                [uid, ics_text.local("RECURRENCE-ID", [local]), ics_text.local("DTSTART", [local])], state
            )
            for local, state in exceptions
        )

    def _single(self, at: datetime, state: str) -> bytes:
        start = ics_text.utc(at)
        return self._entry([self._uid(start), f"DTSTART:{start}"], state)

    def _uid(self, instant: str) -> str:
        name = f"{self.deployment.account}-{self.deployment.deployment_id}-{instant}@qoder-dashboard"
        return f"UID:{ics_text.text(name)}"

    def _entry(self, content: Iterable[str], state: str) -> bytes:
        when = ics_text.lines(content)
        return b"BEGIN:VEVENT\r\n" + when + self._text(state) + b"END:VEVENT\r\n"

    def _text(self, state: str) -> bytes:
        """What all entries of one state share; written once."""
        if state not in self._texts:
            self._texts[state] = ics_text.lines(self._shared(state))
        return self._texts[state]

    def _shared(self, state: str) -> Iterable[str]:
        deployment = self.deployment
        schedule = f"{deployment.expression}, {deployment.timezone}"
        description = f"{cron.describe(deployment.expression)} ({schedule})"
        yield f"DTSTAMP:{ics_text.utc(self.made_at)}"
        yield f"DURATION:{ics_text.length(_length(deployment))}"
        yield f"SUMMARY:{ics_text.text(_prefix(state) + str(deployment))}"
        yield f"DESCRIPTION:{ics_text.text(description)}"
        yield f"URL:{self.url_of(urls.deployment(deployment.deployment_id, deployment.account))}"
        yield "TRANSP:TRANSPARENT"
        yield f"STATUS:{'TENTATIVE' if state == CalendarState.PROJECTED else 'CONFIRMED'}"


def _prefix(state: str) -> str:
    return _PREFIXES.get(state, "")


def _length(deployment: Deployment) -> timedelta:
    if deployment.usual_ms is None:
        return UNKNOWN_LENGTH
    return min(max(timedelta(milliseconds=deployment.usual_ms), SHORTEST), LONGEST)
