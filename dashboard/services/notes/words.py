"""Notes in words."""

from __future__ import annotations

from dashboard.domain.states import HEALTH_LABELS, Health, NoteEnd


def why_ended(why: str, health: str, by: str) -> str:
    """Why a note ended, in a clause that follows the instant and a colon.

    why: a word of `NoteEnd`; health: what ended it; by: who did, where somebody did
    """
    if why == NoteEnd.BY_HAND:
        return f"by {by}"
    if why == NoteEnd.DATE:
        return "its date has come"
    if why == NoteEnd.OTHER_CAUSE and health == Health.FAILING:
        return "the error is another one"
    return "it has recovered" if health == Health.OK else f"it is {HEALTH_LABELS.get(health, health)} now"
