"""Notes in what is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from dashboard.domain.states import NoteEnd
from dashboard.models import Key, Note
from dashboard.services.notes.words import why_ended

_JUST_ENDED = timedelta(minutes=30)  # an acknowledgement that ended so lately is part of why this is sent
_MOST = 5  # notes of one thing


@dataclass(frozen=True)
class SentNotes:
    """The notes of a message, as data: on its cause, and on its deployments."""

    of_cause: list[dict[str, Any]]
    of_deployments: Mapping[Key, list[dict[str, Any]]]


def notes_of(cause: str, keys: Collection[Key], now: datetime) -> SentNotes:
    """What people know of a cause and of these deployments, newest first; two queries."""
    shown = Note.objects.standing(now) | Note.objects.filter(
        acknowledges=True, ended_at__gt=now - _JUST_ENDED, ended_why__in=(NoteEnd.OTHER_CAUSE, NoteEnd.DATE)
    )
    newest = shown.order_by("-written_at", "-pk")
    ids = {deployment_id for _, deployment_id in keys}
    theirs_before = Q(ended_at__isnull=False, acknowledgements__deployment_id__in=ids)
    of_cause = newest.filter(Q(fingerprint=cause) | theirs_before, deployment_id="").distinct()[:_MOST]
    by_key: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    theirs = newest.filter(Q(fingerprint="") | Q(fingerprint=cause) | Q(acknowledges=True))
    for note in theirs.filter(deployment_id__in=ids):
        by_key[note.account, note.deployment_id].append(_as_data(note))
    return SentNotes([_as_data(note) for note in of_cause], {key: by_key[key][:_MOST] for key in keys})


def _as_data(note: Note) -> dict[str, Any]:
    data: dict[str, Any] = {
        "text": note.text,
        "author": note.author,
        "written_at": note.written_at.isoformat(),
    }
    if note.ticket:
        data["ticket"] = note.ticket
    if note.acknowledges:
        data["acknowledges"] = True
    if note.ended_at:
        data["ended_at"] = note.ended_at.isoformat()
        data["ended"] = why_ended(note.ended_why, note.ended_as, note.ended_by)
    return data
