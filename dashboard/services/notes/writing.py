"""Writing, changing and ending notes: what people do with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from django.db import transaction
from django.db.models import Q

from dashboard.domain import quiet, text
from dashboard.domain.states import NoteEnd
from dashboard.domain.text import one_line
from dashboard.domain.tokens import mask_tokens
from dashboard.domain.web_addresses import is_link
from dashboard.domain.zones import known_zone
from dashboard.filters.timespans import Unusable as NoteRefused
from dashboard.models import Acknowledgement, Deployment, Key, Note, Run
from dashboard.services.lists.listing import held_by
from dashboard.services.notes import ending
from dashboard.services.notes.causes import cause_of, with_kinds
from dashboard.services.status.changes import pages_changed

__all__ = ["NoteDraft", "NoteRefused", "WrittenNote"]

WrittenNote: TypeAlias = Note
TEXT_LENGTH, TICKET_LENGTH = 2_000, 500


@dataclass(frozen=True)
class NoteDraft:
    """What somebody wants a note to say.

    until: as `2026-11-03T22:00` by the clock of the zone; empty for no date
    """

    text: str
    ticket: str = ""
    acknowledges: bool = False
    until: str = ""


def write(about: Note, draft: NoteDraft, author: str, zone: str, now: datetime) -> Note:
    """Write a note; raises NoteRefused with the reason, as a sentence without a capital and a full stop.

    about: with what it is about, and nothing else
    """
    note = Note(
        account=about.account,
        deployment_id=about.deployment_id,
        fingerprint=about.fingerprint,
        label=about.label,
        author=author,
        written_at=now,
    )
    _fill(note, draft, zone, now)
    causes = _causes(note) if draft.acknowledges else {}
    if draft.acknowledges and not causes:
        raise NoteRefused("there is nothing to acknowledge now: nothing that it is about needs attention")
    note.acknowledges = draft.acknowledges
    with transaction.atomic():
        note.save()
        ending.begin(note, causes, now)
        pages_changed()
    return note


def change(note: Note, draft: NoteDraft, zone: str, now: datetime) -> None:
    """Change what a note says, and until when; raises NoteRefused. What it acknowledges stays as it is."""
    _fill(note, draft, zone, now)
    note.edited_at = now
    note.save(update_fields=["text", "ticket", "until_at", "edited_at"])
    pages_changed()


def end(note: Note, by: str, now: datetime) -> None:
    """End a note by hand; one that has ended stays as it ended."""
    with transaction.atomic():
        Acknowledgement.objects.filter(note=note, ended_at=None).update(ended_at=now)
        ended = Note.objects.filter(pk=note.pk, ended_at=None)
        ended.update(ended_at=now, ended_why=NoteEnd.BY_HAND, ended_by=by)
        pages_changed()


def known(account: str, deployment_id: str, fingerprint: str) -> Note | None:
    """A note about those, not written yet; None where there is no such deployment or kind of failure."""
    failed = Run.objects.failed().filter(fingerprint=fingerprint)
    kind = failed.newest_first().first() if fingerprint else None
    deployment = held_by(account, Deployment.objects.filter(deployment_id=deployment_id))
    wrong = (fingerprint and not kind) or (deployment_id and not deployment)
    if wrong or not (kind or deployment):
        return None
    parts = [str(deployment) if deployment else "", (kind.error_type or kind.error_line) if kind else ""]
    return Note(
        account=deployment.account if deployment else "",
        deployment_id=deployment_id,
        fingerprint=fingerprint,
        label=one_line(": ".join(filter(None, parts))),
    )


def get(pk: int) -> Note | None:
    """The note with that number."""
    return Note.objects.filter(pk=pk).first()


def _fill(note: Note, draft: NoteDraft, zone: str, now: datetime) -> None:
    words = mask_tokens(text.clean(draft.text).strip())
    if not words:
        raise NoteRefused("it needs a text")
    note.text, note.ticket = words[:TEXT_LENGTH], _ticket(draft.ticket.strip())
    note.until_at = _until(draft.until.strip(), zone, now) if draft.until.strip() else None


def _ticket(address: str) -> str:
    """An address on the web, as a link can lead to it."""
    if not address:
        return ""
    if not is_link(address) or len(address) > TICKET_LENGTH:
        raise NoteRefused("the ticket has to be an address that begins with https:// or http://")
    return mask_tokens(address)


def _until(at: str, zone: str, now: datetime) -> datetime:
    known_one = known_zone(zone)
    try:
        until = quiet.instant_of(at, known_one, last=True) if known_one else now
    except (ValueError, OverflowError):
        raise NoteRefused("its date is written like 2026-11-03T22:00") from None
    if until <= now:
        raise NoteRefused("its date has to be later than now")
    return until


def _causes(note: Note) -> Mapping[Key, str]:
    """What the deployments that a note is about need somebody for; only those that do."""
    rows = Deployment.objects.filter(_about(note)).current()
    causes = {row.key: cause_of(row) for row in with_kinds(rows)}
    return {key: cause for key, cause in causes.items() if cause and note.fingerprint in ("", cause)}


def _about(note: Note) -> Q:
    of_one = Q(account=note.account, deployment_id=note.deployment_id)
    return of_one if note.deployment_id else Q(streak__gt=0)
