"""How a state is drawn: its word and its glyph. A state nobody has heard of keeps its own word."""

from __future__ import annotations

from dashboard.domain.states import (
    HEALTH_LABELS,
    NOT_SEEN,
    OUTCOME_LABELS,
    CalendarState,
    DeploymentStatus,
    FailureState,
    Health,
    Outcome,
    PausedReason,
    SlotOutcome,
)
from dashboard.models import Deployment
from dashboard.web.components import Badge

_OUTCOMES = {
    word: Badge(drawn, OUTCOME_LABELS.get(word, word), drawn)
    for word in Outcome.KNOWN
    for drawn in [Health.UNKNOWN if word == Outcome.GONE else word]
}
_GLYPHS = {  # of the others, their own
    Health.FAILING: Outcome.FAILED,
    Health.OUTCOME_UNKNOWN: Outcome.STARTED,
    Health.OK: Outcome.COMPLETED,
}
_HEALTHS = {
    word: Badge(word, HEALTH_LABELS.get(word, word), _GLYPHS.get(word, word)) for word in Health.ORDER
}
_SLOTS = (
    *(SlotOutcome.DUE, CalendarState.PROJECTED, SlotOutcome.WITHDRAWN, SlotOutcome.UNOBSERVED),
    SlotOutcome.MISSED,
)
_TRIGGERS = ("schedule", "manual", "retry")


def outcome(status: str) -> Badge:
    """The badge of a run."""
    return _OUTCOMES.get(status) or Badge(Health.UNKNOWN, status, Health.UNKNOWN)


def failure(state: str) -> Badge:
    """The badge of a group of failures: what has stopped is quiet."""
    if state == FailureState.STOPPED:
        return Badge(Outcome.COMPLETED, state, Outcome.COMPLETED)
    word = Outcome.FAILED if state == FailureState.UNCLEAR else state
    return Badge(Outcome.FAILED, word, Outcome.FAILED)


def health(word: str) -> Badge:
    """The badge of a health."""
    return _HEALTHS[word]


def of_deployment(deployment: Deployment) -> Badge:
    """The badge of a deployment, read with its health: with the API's own word where that says more."""
    badge = _HEALTHS[deployment.health]
    return Badge(badge.state, _own_word(deployment) or badge.word, badge.glyph)


def of_many(word: str) -> Badge:
    """The badge of several deployments of one health: of one the API's own word may say more."""
    badge = _HEALTHS[word]
    return Badge(badge.state, NOT_SEEN, badge.glyph) if word == Health.UNKNOWN else badge


def slot_glyph(state: str) -> str:
    """The glyph of a run, a slot or a projected firing in the calendar."""
    return state if state in _SLOTS else outcome(state).glyph


def trigger_glyph(trigger: str) -> str:
    """The glyph of a trigger."""
    return trigger if trigger in _TRIGGERS else "unknown"


def _own_word(deployment: Deployment) -> str:
    """What the API's own words say of its health; empty where they say no more."""
    if deployment.health == Health.UNKNOWN:
        # An active one is unknown because nobody was looking when it was due.
        return NOT_SEEN if deployment.status == DeploymentStatus.ACTIVE else deployment.status
    if deployment.health == Health.OUTCOME_UNKNOWN and deployment.last_outcome != Outcome.GONE:
        word = outcome(deployment.last_outcome).word
        return f"{Outcome.STARTED}, {word}" if deployment.last_outcome == Outcome.STARTED else word
    if deployment.health == Health.PAUSED and deployment.paused_reason:
        by_hand = deployment.paused_reason == PausedReason.MANUAL
        return "paused by hand" if by_hand else f"paused: {deployment.paused_reason}"
    return ""
