"""When an acknowledgement ends: by what is true, whoever looks. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from dashboard.domain.states import Health, NoteEnd

Key = TypeVar("Key")
NOTHING = ""  # the cause of a deployment that needs nobody


@dataclass(frozen=True)
class CoverSteps(Generic[Key]):
    """What of a note's acknowledgements changes.

    ended: whose is over, and why, a word of `NoteEnd`; begun: who is acknowledged from now on
    """

    ended: Mapping[Key, str]
    begun: frozenset[Key]


def cause(health: str, kind: str) -> str | None:
    """What a deployment needs somebody for: `NOTHING`, or None where that is not known.

    kind: the fingerprint of its last failure; one that fails does so for that, any other for its health
    """
    if health == Health.UNREAD:
        return None
    if health not in Health.NEEDY:
        return NOTHING
    return kind if health == Health.FAILING and kind else health


def ending(acknowledged: str, now: str | None) -> str:
    """Why the acknowledgement of a cause is over where a deployment has that one now; empty where it stands.

    Where it is not known how a deployment stands, nothing ends.
    """
    if now is None or now == acknowledged:
        return ""
    return NoteEnd.RECOVERED if now == NOTHING else NoteEnd.OTHER_CAUSE


def steps(covers: Mapping[Key, str], now: Mapping[Key, str | None], kind: str = "") -> CoverSteps[Key]:
    """What follows for one note.

    covers: what it acknowledges of each deployment; now: the cause that each deployment has
    kind: the fingerprint that it is about wherever it occurs; empty for a note on one deployment
    """
    reasons = {key: ending(covers[key], now[key]) for key in covers if key in now}
    begun = {key for key, word in now.items() if kind and word == kind and key not in covers}
    return CoverSteps({key: why for key, why in reasons.items() if why}, frozenset(begun))


def ending_of_all(reasons: Mapping[Key, str]) -> str:
    """Why a note is over whose last acknowledgements ended so."""
    return NoteEnd.OTHER_CAUSE if NoteEnd.OTHER_CAUSE in reasons.values() else NoteEnd.RECOVERED
