"""The notes that ended by themselves: what somebody knew, and is not so any more."""

from __future__ import annotations

from dashboard.models import Note
from dashboard.services.handover.lines import NOTES, HandoverLine, HandoverSection, HandoverSpan
from dashboard.services.notes.listing import of_one


def ended_notes(span: HandoverSpan) -> HandoverSection:
    """Those that ended in the span, newest first; one query.

    One on a kind of failure, wherever it occurs, is of no deployment that could be chosen.
    """
    ended = Note.objects.ran_out(span.since, span.until)
    notes = [
        note for note in ended if (note.account, note.deployment_id) in span.names or _of_all(note, span)
    ]
    lines = tuple(_line(note, span) for note in reversed(notes))
    shown = lines[: span.most(NOTES)]
    return HandoverSection(NOTES, "Notes that ran out", shown, len(lines), nothing="no note ran out")


def _of_all(note: Note, span: HandoverSpan) -> bool:
    return not note.deployment_id and not span.chosen


def _line(note: Note, span: HandoverSpan) -> HandoverLine:
    entry = of_one(note, span.until)
    return HandoverLine(
        name=entry.about,
        account=note.account,
        url=entry.about_url,
        badge=None,
        text=f"{entry.ended}: {note}, {entry.author}",
        at=entry.ended_at or span.until,
    )
