"""The status badge: a name, a shape and a word, and how old the word is where nobody reads any more."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.domain.states import Health
from dashboard.models import Deployment
from dashboard.services.cloud.accounts import Account
from dashboard.services.exports import status_badge
from dashboard.services.exports.status_badge import StatusBadge
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, stored_deployments
from tests.feeds import failing, live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
RED = "#c51e21"


def drawn(account: str = "") -> StatusBadge:
    result = status_badge.status_badge("dep_a", account, Snapshot(NOW))
    assert result
    return result


@pytest.mark.parametrize(
    ("changes", "word", "glyph", "red"),
    [
        ({"streak": 2}, "failing", "failed", True),
        ({"last_run_at": NOW}, "ok", "completed", False),
        ({"missed_at": NOW}, "missed", "missed", False),
        ({"silent_at": NOW, "silent_since": NOW}, "silent", "silent", False),
        ({"skipped_count": 3}, "blocked", "blocked", False),
        ({"status": "paused", "streak": 2}, "paused", "paused", False),
        ({"status": "paused", "paused_reason": "manual"}, "paused by hand", "paused", False),
        ({"last_run_at": NOW, "last_outcome": "started"}, "started, outcome not reported", "started", False),
        (
            {"status": "paused", "paused_reason": "error", "streak": 2},
            "paused by error",
            "paused-error",
            False,
        ),
        ({"archived_at": NOW}, "archived", "archived", False),
        ({"status": "dreaming"}, "dreaming", "unknown", False),
        ({}, "never ran", "never", False),
    ],
)
def test_it_says_the_health_and_only_what_fails_is_red(
    changes: dict[str, Any], word: str, glyph: str, red: bool
) -> None:
    live()
    stored_deployments(deployment_record())
    Deployment.objects.update(**changes)
    drawing = drawn()
    assert (drawing.name, drawing.word, drawing.glyph) == ("a", word, glyph)
    assert (drawing.fill == RED) is red


def test_a_word_that_is_old_says_so_and_alarms_nobody() -> None:
    failing()
    stored_deployments(deployment_record())
    Deployment.objects.update(streak=1)
    assert drawn().word == "failing, read 30 min ago"
    assert drawn().fill != RED


@pytest.mark.parametrize(("name", "text"), [("x" * 41, "x" * 39 + "…"), ("a\n  b", "a b"), ("", "dep_a")])
def test_a_name_is_one_short_line(name: str, text: str) -> None:
    live()
    stored_deployments(deployment_record(name=name))
    assert drawn().name == text


def test_its_parts_stand_side_by_side_and_wide_letters_have_their_width() -> None:
    narrow, wide = StatusBadge("abcd", "ok", "ok", ""), StatusBadge("夜間報告", "ok", "ok", "")
    assert wide.name_width > narrow.name_width
    for badge in (narrow, wide):
        assert 0 < badge.name_width < badge.split < badge.split + badge.word_width < badge.width


def test_a_deployment_that_was_never_read_has_none() -> None:
    assert status_badge.status_badge("dep_x", "", Snapshot(NOW)) is None
    assert status_badge.address_of("dep_x", "") == ""


def test_of_two_accounts_each_has_its_own(settings: Any, account: Account) -> None:
    settings.ACCOUNTS = (account, Account("other", "", "", "", lambda: ""))
    live()
    live("other")
    for name in ("default", "other"):
        stored_deployments(deployment_record(name=f"of {name}"), account=name)
        assert drawn(name).name == f"of {name}"
    assert status_badge.address_of("dep_a", "") == "/badges/dep_a.svg?account=default"


def test_what_is_of_no_configured_account_any_more_says_so() -> None:
    stored_deployments(deployment_record(), account="gone")
    assert drawn().word == "never ran, not read any more"


def test_every_health_has_a_badge_and_paused_is_never_red() -> None:
    assert {"failing"} == {word for word, fill in status_badge._FILLS.items() if fill == RED}
    assert set(status_badge._FILLS) <= set(Health.ORDER)


def test_an_odd_id_stays_one_step_of_the_address() -> None:
    live()
    stored_deployments(deployment_record() | {"id": "a/b?c#d"})
    assert status_badge.address_of("a/b?c#d", "") == "/badges/a%2Fb%3Fc%23d.svg"
