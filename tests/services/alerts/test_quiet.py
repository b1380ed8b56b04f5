"""Quiet windows: what can be asked for, and what is silent by them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dashboard.domain.thresholds import ALERT_WELL_FOR, BLIND_AFTER, STILL_AFTER
from dashboard.models import AlertMessage, Feed, Note, QuietWindow
from dashboard.services.alerts import quiet, silences, texts, watching
from dashboard.services.alerts.quiet import QuietDraft
from dashboard.services.alerts.rules import RuleRefused
from dashboard.services.cloud.accounts import Account
from dashboard.services.notes import writing
from dashboard.services.notes.writing import NoteDraft
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW
from tests.feeds import failing, live
from tests.services.alerts.test_watching import MINUTE, RATE_LIMITED, deployments, look, ran, rule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
OPENED = "[On call] 1 deployment: session_rate_limited_error"
STILL = "[On call] still 1 deployment: session_rate_limited_error"
CLOSED = "[On call] over: session_rate_limited_error, 1 deployment"


def window(minutes: int, address: str = "/deployments/?q=a", name: str = "Work") -> QuietWindow:
    """Quiet from now on, for so many minutes."""
    ends = f"{NOW + minutes * MINUTE:%Y-%m-%dT%H:%M}"
    draft = QuietDraft(name, address, begins=f"{NOW:%Y-%m-%dT%H:%M}", ends=ends)
    return quiet.make(draft, "anna", Snapshot(NOW))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "Work"}, "a name that no other quiet window has"),
        ({"zone": "Mars/Olympus"}, "no time zone"),
        ({"address": "/deployments/?health=failing"}, "leave out health"),
        ({"address": "/deployments/?limit=x"}, "limit=x means nothing"),
        ({"begins": "2026-06-16T20:00", "ends": "2026-06-16T20:00"}, "either once or again and again"),
        ({"from_time": "", "to_time": "06:00"}, "the times from when and until when"),
        ({"days": ("someday",)}, "its days are of mon, tue"),
    ],
)
def test_a_window_that_cannot_work_is_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    window(10)
    given = {"name": "Other", "address": "/deployments/", "from_time": "22:00", "to_time": "06:00"} | changes
    with pytest.raises(RuleRefused, match=reason):
        quiet.make(QuietDraft(**given), "", Snapshot(NOW))
    assert QuietWindow.objects.count() == 1


@pytest.mark.parametrize(
    ("begins", "ends", "reason"),
    [
        ("2026-06-16T20:00", "2026-06-16T20:00", "end after it begins"),
        ("2026-06-15T20:00", "2026-06-16T09:42", "and after now"),
        ("2026-06-16T20:00", "", "written like"),
        ("0001-01-01T00:00", "2026-06-16T20:00", ""),
    ],
)
def test_one_that_comes_once_ends_later_than_it_begins(begins: str, ends: str, reason: str) -> None:
    draft = QuietDraft("Once", "/deployments/", "Asia/Kolkata", begins=begins, ends=ends)
    with pytest.raises(RuleRefused, match=reason or "written like"):
        quiet.make(draft, "", Snapshot(NOW))


def test_what_opens_and_closes_in_a_window_is_never_sent_and_what_goes_on_is_sent_at_its_end() -> None:
    live()
    rule()
    deployments("a", "b")
    window(30, name="Work")
    ran(1, "failed", "a", NOW, error=RATE_LIMITED)
    assert look(NOW) == []
    ran(2, "completed", "a", NOW + MINUTE)
    look(NOW + MINUTE)
    assert look(NOW + MINUTE + ALERT_WELL_FOR) == []
    ran(3, "failed", "a", NOW + 10 * MINUTE, error=RATE_LIMITED)
    ran(4, "failed", "b", NOW + 10 * MINUTE, error={"type": "b_error", "message": ""})
    assert look(NOW + 10 * MINUTE) == ["[On call] 1 deployment: b_error"]  # no part of the window
    assert look(NOW + 29 * MINUTE) == []
    assert look(NOW + 30 * MINUTE) == [OPENED]
    assert quiet.lines(Snapshot(NOW + 30 * MINUTE)) == ()


def test_that_something_is_over_or_goes_on_waits_for_the_end_of_a_window() -> None:
    live()
    rule()
    deployments("a")
    ran(1, "failed", "a", NOW, error=RATE_LIMITED)
    assert look(NOW) == [OPENED]
    window(90)
    assert look(NOW + STILL_AFTER) == []
    assert look(NOW + 90 * MINUTE) == [STILL]
    QuietWindow.objects.update(ends_at=NOW + 130 * MINUTE)
    ran(2, "completed", "a", NOW + 100 * MINUTE)
    look(NOW + 100 * MINUTE)
    assert look(NOW + 120 * MINUTE) == []
    assert look(NOW + 130 * MINUTE) == [CLOSED]


def test_only_a_window_of_whole_accounts_keeps_back_that_they_cannot_be_read(
    settings: Any, account: Account
) -> None:
    settings.ACCOUNTS = (account, Account("lab", "", "", "", lambda: ""))
    feed = failing(error_status=401, failing_since=NOW)
    rule()
    window(30, "/deployments/?q=a&account=default", "Part")
    window(30, "/deployments/?account=lab", "Other")
    whole = window(10, "/deployments/?account=default", "Whole")
    assert silences.silences(Snapshot(NOW)).accounts == {"default", "lab"}
    watching.cannot_see(feed, NOW + 5 * MINUTE)
    assert not AlertMessage.objects.exists()
    watching.cannot_see(feed, NOW + 10 * MINUTE)
    assert AlertMessage.objects.get().kind == "blind"
    QuietWindow.objects.filter(pk=whole.pk).update(ends_at=NOW + 20 * MINUTE)
    assert look(NOW + 15 * MINUTE) == []
    assert look(NOW + 20 * MINUTE + BLIND_AFTER) == ["[On call] account default is read again"]


def test_a_look_notes_how_many_a_window_covers_and_one_without_a_meaning_covers_none() -> None:
    live()
    made = window(30, "/deployments/?q=a")
    deployments("a", "ab", "b")
    version = Feed.objects.get().version
    assert len(silences.silences(Snapshot(NOW)).quiet) == 2
    made.refresh_from_db()
    assert (made.covers, Feed.objects.get().version) == (2, version + 1)
    [line] = quiet.lines(Snapshot(NOW))
    assert (line.name, line.covers, line.until) == ("Work", 2, NOW + 30 * MINUTE)
    QuietWindow.objects.update(address="/deployments/?schedule=abolished")
    assert silences.silences(Snapshot(NOW)).quiet == frozenset()
    assert quiet.lines(Snapshot(NOW)) == ()


def test_what_was_acknowledged_before_it_was_sent_is_sent_when_that_ends_by_hand_or_by_date() -> None:
    live()
    rule()
    deployments("a", "b")
    for number, key in enumerate("ab"):
        ran(number, "failed", key, NOW, error=RATE_LIMITED)
    assert look(NOW) == ["[On call] 2 deployments: session_rate_limited_error"]
    notes = [
        writing.write(Note(account="default", deployment_id=f"dep_{key}"), draft, "anna", "UTC", NOW)
        for key, draft in (
            ("a", NoteDraft("known", acknowledges=True)),
            ("b", NoteDraft("known", acknowledges=True, until="2026-06-16T12:00")),
        )
    ]
    assert look(NOW + STILL_AFTER) == []
    writing.end(notes[0], "anna", NOW + STILL_AFTER)
    assert look(NOW + STILL_AFTER + MINUTE) == [OPENED]
    assert look(NOW + STILL_AFTER + 2 * MINUTE) == []
    assert look(NOW + timedelta(hours=3)) == [OPENED]


def test_what_people_know_of_a_deployment_is_in_what_is_sent_of_it() -> None:
    live()
    rule()
    deployments("a")
    later = QuietDraft("Later", "/deployments/", from_time="20:00", to_time="21:00")
    quiet.make(later, "", Snapshot(NOW))
    assert quiet.lines(Snapshot(NOW)) == ()
    ran(1, "failed", "a", NOW, error=RATE_LIMITED)
    about = writing.known("default", "dep_a", "")
    assert about is not None
    with pytest.raises(writing.NoteRefused, match="it needs a text"):
        writing.write(about, NoteDraft(" "), "anna", "UTC", NOW)
    writing.write(about, NoteDraft("a quota"), "anna", "UTC", NOW)
    assert look(NOW) == [OPENED]
    assert "  Note by anna: a quota\n" in texts.as_text(AlertMessage.objects.get())
    [named] = AlertMessage.objects.get().content["deployments"]
    assert named["notes"] == [{"text": "a quota", "author": "anna", "written_at": NOW.isoformat()}]
