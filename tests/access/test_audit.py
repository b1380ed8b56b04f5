"""The audit trail: what is written, how hostile text looks in it, how long it is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from dashboard.access import audit
from dashboard.access.audit import PAGE_SIZE, Actor
from dashboard.domain.states import Deed
from dashboard.models import AuditEntry, audit_entry
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ANA = Actor("ana", "192.0.2.1")


def test_a_deed_is_a_row_and_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with time_machine.travel(NOW, tick=False):
        audit.record(Deed.LINK_MADE, ANA, "Kitchen")
        audit.record(Deed.SESSIONS_ENDED, Actor(audit.COMMAND))
    entry = AuditEntry.objects.get(kind=Deed.LINK_MADE)
    assert (entry.at, entry.who, entry.what, entry.address) == (NOW, "ana", "Kitchen", "192.0.2.1")
    assert str(entry) == "link made: ana Kitchen"
    assert caplog.messages == [
        "link made (Kitchen) by 'ana' from 192.0.2.1",
        "sessions ended by 'manage.py' from here",
    ]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\nINFO forged\x1b[31m", "a\\nINFO forged\\x1b[31m"),
        ("\u202eevil\x00", "\\u202eevil�"),
        ("pt-0123456789abcdef", "pt-…"),
        ("\ud800", "?"),
        ("x" * 500, "x" * 149 + "…"),
    ],
)
def test_hostile_text_is_short_one_line_and_without_tokens(typed: str, kept: str) -> None:
    audit.record(Deed.REFUSED, Actor(typed, "y" * 100), typed)
    entry = AuditEntry.objects.get()
    assert entry.who == kept
    assert len(entry.what) <= 200
    assert len(entry.address) == 45


def test_a_page_is_of_a_person_and_a_kind_and_goes_on_below_an_entry(
    django_assert_num_queries: Any,
) -> None:
    for number in range(PAGE_SIZE + 2):
        audit.record(Deed.SIGNED_IN if number % 2 else Deed.SIGNED_OUT, Actor("ana" if number else "bob"))
    with django_assert_num_queries(1):
        first = audit.page("", "", None)
    assert len(first.entries) == PAGE_SIZE
    assert first.older == first.entries[-1].pk
    rest = audit.page("", "", first.older)
    assert [entry.who for entry in rest.entries] == ["ana", "bob"]
    assert rest.older is None
    assert [entry.who for entry in audit.page("bob", "", None).entries] == ["bob"]
    assert not audit.page("bob", Deed.SIGNED_IN, None).entries


def test_entries_are_kept_for_as_long_as_is_set_and_a_flood_pushes_out_its_own_kind(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_entry, "MOST_OF_A_KIND", 3)
    settings.AUDIT_RETENTION_DAYS = 10
    with time_machine.travel(timezone.now() - timedelta(days=11)):
        audit.record(Deed.INVITED, ANA, "old")
    assert audit.page("", "", None).entries == []
    audit.record(Deed.INVITED, ANA, "new")
    monkeypatch.setattr(audit, "_PRUNED_EVERY", 1)
    for _ in range(6):
        audit.record(Deed.REFUSED, ANA)
    kinds = list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [Deed.INVITED, *[Deed.REFUSED] * 3]
