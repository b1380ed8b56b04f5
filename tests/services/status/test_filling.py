"""How the reading of history comes forward, in words, and only as far as it is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.models import Gap
from dashboard.services.cloud.accounts import Account
from dashboard.services.status import coverage, feeds
from dashboard.services.status.filling import Filling
from tests.factories import NOW
from tests.feeds import failing, live

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
KNOWN = coverage.of_account(NOW, read=True, gap_from=NOW - DAY)
BACK_TO = "back to 15 Jun 09:42"


@pytest.mark.parametrize(
    ("left", "rest"),
    [
        (None, ""),
        (timedelta(0), "less than a minute left"),
        (timedelta(seconds=59), "less than a minute left"),
        (timedelta(seconds=121), "about 3 min left"),
        (timedelta(minutes=59, seconds=1), "about 1 h left"),
        (timedelta(minutes=61), "about 1 h 15 min left"),
        (timedelta(hours=7, minutes=1), "about 8 h left"),
        (timedelta(days=2, minutes=1), "about 3 d left"),
    ],
)
def test_what_is_left_is_rounded_up_to_what_a_forecast_is_worth(left: timedelta | None, rest: str) -> None:
    assert Filling(1, KNOWN, left=left).rest == rest


@pytest.mark.parametrize(
    ("filling", "percent", "text"),
    [
        (Filling(1, KNOWN), None, f"1 run, {BACK_TO}"),
        (Filling(2, KNOWN, 0.0, 0.4), 0, f"2 runs, {BACK_TO}"),
        (
            Filling(46_000, KNOWN, 0.349, 1540.4, 3 * MINUTE),
            34,
            f"46,000 runs, 1,540 a second, {BACK_TO}, about 3 min left",
        ),
        (Filling(9, KNOWN, 0.999, 2.0, DAY), 99, f"9 runs, 2 a second, {BACK_TO}, about 24 h left"),
        (
            Filling(9, KNOWN, 0.5, 99.0, 3 * MINUTE, NOW),
            50,
            f"9 runs, {BACK_TO}, reading stands still since Tue 16 Jun 09:42",
        ),
    ],
)
def test_it_says_how_many_how_fast_how_far_and_how_long(
    filling: Filling, percent: int | None, text: str
) -> None:
    assert (filling.percent, filling.text) == (percent, text)


@pytest.mark.django_db
def test_a_feed_shows_it_where_a_gap_is_left_and_something_is_known(account: Account) -> None:
    feed = live(runs_kept=7, fill_share=0.5, fill_left_s=60.0, fill_speed=None)

    def shown() -> Filling | None:
        return feeds.feeds(NOW)[0].filling

    assert shown() is None
    Gap.objects.create(account=account.name, from_at=NOW - DAY, until_at=NOW - 90 * DAY)
    assert shown() == Filling(7, KNOWN, 0.5, None, MINUTE)
    type(feed).objects.update(fill_share=None, fill_speed=3.0, fill_left_s=None)
    assert shown() == Filling(7, KNOWN, None, 3.0)
    type(feed).objects.update(fill_speed=None)
    assert shown() is None
    feed.delete()
    stalled = failing(fill_speed=3.0)
    assert (filling := shown()) is not None
    assert filling.stands_since == stalled.failing_since
