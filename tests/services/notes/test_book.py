"""The notes that stand, read at once for all of a page."""

from __future__ import annotations

import pytest

from dashboard.models import Note
from dashboard.services.notes.book import standing_notes
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_a_note_is_one_however_much_it_acknowledges_and_what_it_did_once_takes_no_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    note = Note.objects.create(
        fingerprint="kind", text="we know", author="anna", acknowledges=True, written_at=NOW
    )
    for key, ended_at in (("a", None), ("b", None), ("c", NOW), ("d", NOW)):
        note.acknowledgements.create(
            account="default", deployment_id=key, cause="kind", since_at=NOW, ended_at=ended_at
        )
    monkeypatch.setattr("dashboard.services.notes.book._MOST", 2)
    book = standing_notes(NOW)
    assert [line.pk for line in book.of_kinds["kind"]] == [note.pk]
    assert sorted(book.covers) == [("default", "a"), ("default", "b")]
