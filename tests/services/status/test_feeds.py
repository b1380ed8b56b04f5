"""What is shown of the data: its state, its age, how far back it reaches, and what is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings

from dashboard.models import Gap
from dashboard.services.cloud import accounts
from dashboard.services.cloud.accounts import Account
from dashboard.services.status import feeds
from dashboard.services.status.feeds import FeedView
from tests.factories import NOW
from tests.feeds import failing, live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def seen(now: datetime = NOW) -> FeedView:
    [view] = feeds.feeds(now)
    return view


def gap(from_at: datetime, account: str = "default") -> None:
    Gap.objects.create(account=account, from_at=from_at, until_at=NOW - 90 * DAY)


def test_an_account_that_nobody_has_read_was_never_read() -> None:
    view = seen()
    assert (view.state, view.text, view.coverage.text) == ("never", "never", "nothing read yet")
    assert (view.runs_read, view.skipped_records, view.version, view.coverage.share) == (0, 0, 0, 0.0)
    assert view.coverage.since is None
    assert not view.coverage.complete
    assert view.read_at is None


def test_a_feed_whose_first_page_has_not_come_was_never_read() -> None:
    live(polled_at=None, succeeded_at=None)
    assert seen().state == "never"


def test_a_feed_that_is_read_whole_is_live_and_complete() -> None:
    live(runs_read=12, malformed=3, version=7)
    view = seen()
    assert (view.state, view.text, view.coverage.text) == ("live", "live", "complete for 90 days")
    assert (view.runs_read, view.skipped_records, view.version, view.coverage.share) == (12, 3, 7, 1.0)
    assert view.coverage.since == NOW - 90 * DAY
    assert view.coverage.complete
    assert view.read_at == NOW - 4 * SECOND


def test_a_feed_with_history_to_read_says_how_far_back_it_reaches() -> None:
    live()
    gap(NOW - 60 * DAY)
    gap(NOW - 45 * DAY)  # the newest gap decides: below it nothing is complete
    view = seen()
    assert (view.state, view.coverage.complete) == ("reading", False)
    assert view.coverage.since == NOW - 45 * DAY
    assert view.coverage.share == pytest.approx(0.5)
    assert view.coverage.text == "complete since 2 May 09:42"


@pytest.mark.parametrize(("from_at", "share"), [(NOW + DAY, 0.0), (NOW - 200 * DAY, 1.0)])
def test_a_share_is_never_less_than_nothing_or_more_than_all(from_at: datetime, share: float) -> None:
    live()
    gap(from_at)
    assert seen().coverage.share == share


@pytest.mark.parametrize(
    ("interval", "silent", "state"),
    [
        (10.0, 30, "live"),
        (10.0, 31, "stale"),
        (2.0, 30, "live"),
        (2.0, 31, "stale"),
        (60.0, 180, "live"),
        (60.0, 181, "stale"),
    ],
)
def test_a_sync_that_falls_silent_for_three_turns_makes_the_feed_stale(
    interval: float, silent: int, state: str
) -> None:
    attempted = NOW - silent * SECOND
    live(attempted_at=attempted)
    with override_settings(SYNC_INTERVAL=interval):
        view = seen()
    assert view.state == state
    if state == "stale":
        assert view.trouble is not None
        assert view.trouble.since == attempted
        assert view.text == "stale: nothing reads the API any more, the sync has stopped reporting"


@pytest.mark.parametrize(("ahead", "state"), [(300, "live"), (301, "stale")])
def test_a_reading_dated_in_the_future_is_stale_and_says_so(ahead: int, state: str) -> None:
    live(attempted_at=NOW + ahead * SECOND)
    view = seen()
    assert view.state == state
    words = "the last reading is dated 5 min ahead, a clock is off or was set back"
    assert (view.trouble.sentence if view.trouble else "") == (words if state == "stale" else "")


def test_a_feed_that_was_never_attempted_is_not_called_late() -> None:
    live(attempted_at=None)
    assert seen().state == "live"


@pytest.mark.parametrize(
    ("family", "status", "sentence"),
    [
        ("NotAccepted", 401, "the API does not accept the token of account default (QODER_PAT)"),
        ("Forbidden", 403, "the token of account default (QODER_PAT) may not list this"),
        ("Throttled", 429, "the API limits how often it may be asked"),
        ("Nonsense", None, "the API's answer is not what it documents"),
        ("Unavailable", 503, "the API answers 503"),
        ("Refused", 400, "the API answers 400"),
        ("Unavailable", None, "the API cannot be reached"),
        ("", None, "the API cannot be reached"),
    ],
)
def test_trouble_is_shown_in_a_clause_with_the_own_words_of_the_api_beside_it(
    family: str, status: int | None, sentence: str
) -> None:
    fields: dict[str, Any] = {
        "error_message": "Try later",
        "error_request_id": "req_1",
        "retry_at": NOW + DAY,
    }
    stored = failing(error_family=family, error_status=status, **fields)
    view = seen()
    assert view.state == "stale"
    assert view.text == f"stale: {sentence}"
    since = stored.failing_since or NOW
    assert view.trouble == feeds.Trouble(
        sentence, since, "Try later", status, "req_1", NOW + DAY, setting="QODER_PAT"
    )
    assert view.trouble.for_visitors() == feeds.Trouble(
        sentence.replace(" (QODER_PAT)", ""), since, status=status, retry_at=NOW + DAY
    )


def test_trouble_before_anything_was_read_leaves_the_feed_never_read() -> None:
    failing(polled_at=None, succeeded_at=None, error_family="NotAccepted", error_status=401)
    view = seen()
    assert (view.state, view.trouble is not None) == ("never", True)


def test_feeds_come_in_the_order_the_accounts_are_configured(settings: Any, account: Account) -> None:
    settings.ACCOUNTS = (
        replace(account, name="zeta"),
        accounts.demonstration(),
        replace(account, name="alpha"),
    )
    live("alpha")
    live("zeta", runs_read=3)
    live("taken out")
    gap(NOW - DAY, "alpha")
    views = feeds.feeds(NOW)
    assert [(v.account, v.state, v.simulated) for v in views] == [
        ("zeta", "live", False),
        ("demonstration", "never", True),
        ("alpha", "reading", False),
    ]
    assert feeds.account_names() == ("zeta", "demonstration", "alpha")


def test_the_present_is_taken_when_no_instant_is_given() -> None:
    live()
    assert feeds.feeds()[0].account == "default"


def test_an_account_that_was_taken_out_is_kept_as_long_as_its_feed() -> None:
    assert feeds.accounts_kept() == {"default"}
    live("taken out")
    assert feeds.accounts_kept() == {"default", "taken out"}
