"""How a state is drawn: its word and its glyph. A state nobody has heard of keeps its own word."""

from __future__ import annotations

from dashboard.domain.states import (
    HEALTH_LABELS,
    CalendarState,
    DeploymentStatus,
    Health,
    Outcome,
    PausedReason,
    SlotOutcome,
)
from dashboard.web.components import Badge

_OUTCOMES = {word: Badge(word, word, word) for word in Outcome.KNOWN}
_GLYPHS = {Health.FAILING: Outcome.FAILED, Health.OK: Outcome.COMPLETED}  # of the others, their own
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


def health(word: str, status: str = "", paused_reason: str = "") -> Badge:
    """The badge of a deployment; where the API's own word says more, that word is used."""
    badge = _HEALTHS[word]
    if word == Health.UNKNOWN and status:
        # An active one is unknown because nobody was looking when it was due.
        return Badge(badge.state, "not seen" if status == DeploymentStatus.ACTIVE else status, badge.glyph)
    if word == Health.PAUSED and paused_reason not in ("", PausedReason.MANUAL):
        return Badge(badge.state, f"paused: {paused_reason}", badge.glyph)
    return badge


def of_many(word: str) -> Badge:
    """The badge of several deployments of one health: of one the API's own word may say more."""
    return health(word, DeploymentStatus.ACTIVE)


def slot_glyph(state: str) -> str:
    """The glyph of a run, a slot or a projected firing in the calendar."""
    return state if state in _SLOTS else outcome(state).glyph


def trigger_glyph(trigger: str) -> str:
    """The glyph of a trigger."""
    return trigger if trigger in _TRIGGERS else "unknown"
