"""Notes in full, with their history: on the page of what they are about, and all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from dashboard.domain.states import NoteEnd
from dashboard.models import Deployment, Note
from dashboard.services.notes.words import why_ended
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import urls

MOST = 50  # notes of one page, those that stand first


@dataclass(frozen=True)
class NoteEntry:
    """A note in full.

    about: what it is about in words, and the page of that
    ended_at, ended: when and why it ended; of one that has not, None and nothing
    """

    pk: int
    about: str
    about_url: str
    text: str
    ticket: str
    author: str
    written_at: datetime
    edited_at: datetime | None
    acknowledges: bool
    until_at: datetime | None
    ended_at: datetime | None
    ended: str


@dataclass(frozen=True)
class NoteCard:
    """The notes on one thing, and where another one is written."""

    entries: tuple[NoteEntry, ...]
    write_url: str


def of_deployment(deployment: Deployment, snapshot: Snapshot) -> NoteCard:
    """Those on a deployment, and those that acknowledge it; at most one query."""
    on_this = Q(account=deployment.account, deployment_id=deployment.deployment_id)
    covering = Q(
        acknowledgements__account=deployment.account,
        acknowledgements__deployment_id=deployment.deployment_id,
    )
    account = dict(urls.whose(deployment.account)).get("account", "")
    return NoteCard(
        _entries(on_this | covering, snapshot),
        urls.notes(deployment=deployment.deployment_id, account=account),
    )


def of_kind(fingerprint: str, snapshot: Snapshot) -> NoteCard:
    """Those on a kind of failure, of one deployment or of all; at most one query."""
    return NoteCard(_entries(Q(fingerprint=fingerprint), snapshot), urls.notes(kind=fingerprint))


def about(note: Note | None, snapshot: Snapshot) -> tuple[NoteEntry, ...]:
    """Those about the same as a note; every one where that is None, as many as a page shows."""
    if note is None:
        return _entries(Q(), snapshot)
    same = Q(account=note.account, deployment_id=note.deployment_id)
    return _entries(same & Q(fingerprint=note.fingerprint) if note.fingerprint else same, snapshot)


def of_one(note: Note, now: datetime) -> NoteEntry:
    """One note."""
    over = note.ended_at is None and note.until_at is not None and note.until_at <= now
    return NoteEntry(
        pk=note.pk,
        about=note.label,
        about_url=_about_url(note),
        text=note.text,
        ticket=note.ticket,
        author=note.author,
        written_at=note.written_at,
        edited_at=note.edited_at,
        acknowledges=note.acknowledges,
        until_at=note.until_at,
        ended_at=note.until_at if over else note.ended_at,
        ended=_ended(note, over=over),
    )


def _ended(note: Note, *, over: bool) -> str:
    if over:
        return why_ended(NoteEnd.DATE, "", "")
    return why_ended(note.ended_why, note.ended_as, note.ended_by) if note.ended_at else ""


def _entries(about: Q, snapshot: Snapshot) -> tuple[NoteEntry, ...]:
    if not (snapshot.any_note and snapshot.reads_notes):
        return ()
    newest = Note.objects.filter(about).distinct().order_by(F("ended_at").desc(nulls_first=True), "-pk")
    return tuple(of_one(note, snapshot.now) for note in newest[:MOST])


def _about_url(note: Note) -> str:
    if note.deployment_id and not note.fingerprint:
        return urls.deployment(note.deployment_id, note.account)
    parameters = [("deployment_id", note.deployment_id)] if note.deployment_id else []
    return urls.failure(note.fingerprint, parameters)
