"""How the calendar names its states, and which of them it shows first."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.domain.states import CalendarState, Outcome, SlotOutcome
from dashboard.services.lists import badges

_LABELS = {
    SlotOutcome.DUE: "promised",
    SlotOutcome.UNOBSERVED: "not watched",
    **{outcome: badges.outcome(outcome).word for outcome in (Outcome.STARTED, Outcome.GONE)},
}
_EXPLANATIONS = {
    SlotOutcome.MISSED: "missed: promised, and no run came",
    SlotOutcome.UNOBSERVED: "not seen: nobody was looking, and no run is known",
    SlotOutcome.WITHDRAWN: "withdrawn before it was due",
    SlotOutcome.DUE: "promised",
    CalendarState.PROJECTED: "projected from its schedule, not promised yet",
}
_RANKS = {state: number for number, state in enumerate(CalendarState.BY_URGENCY)}


def label(state: str) -> str:
    """A state in a word or two; an unheard-of one as the API spells it."""
    return _LABELS.get(state, state)


def explanation(state: str) -> str:
    """A state as the title of an entry puts it."""
    return _EXPLANATIONS.get(state) or label(state)


def style_key(state: str) -> str:
    """The key that the look colours an entry by: `unknown` for an unheard-of state."""
    return state if state in _RANKS else "unknown"


def rank(state: str) -> int:
    """The place of a state in order of urgency, from 0; unheard-of ones stand before what went well."""
    return _RANKS.get(state, _RANKS[Outcome.SKIPPED])


def is_run(state: str) -> bool:
    """Whether a run stands behind a state, rather than a slot without one or a projection."""
    return state not in CalendarState.WITHOUT_RUN


def most_urgent(states: Iterable[str]) -> str:
    """The most urgent of those states; empty where there is none."""
    return min(states, key=rank, default="")
