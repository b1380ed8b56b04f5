"""Since when every run is known, of one account and of several."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.services.status.coverage import Coverage, of_account, of_all
from tests.factories import NOW

DAY = timedelta(days=1)
UNREAD = of_account(NOW, read=False, gap_from=None)
COMPLETE = of_account(NOW, read=True, gap_from=None)
HALF = of_account(NOW, read=True, gap_from=NOW - 45 * DAY)


@pytest.mark.parametrize(
    ("coverage", "complete", "share", "text"),
    [
        (UNREAD, False, 0.0, "nothing read yet"),
        (HALF, False, 0.5, "complete since 2 May 09:42"),
        (COMPLETE, True, 1.0, "complete for 90 days"),
    ],
)
def test_one_account_is_covered_down_to_its_newest_gap(
    coverage: Coverage, complete: bool, share: float, text: str
) -> None:
    assert (coverage.complete, coverage.share, coverage.text) == (complete, share, text)


@pytest.mark.parametrize(
    ("coverages", "text"),
    [
        ([], "nothing read yet"),
        ([UNREAD], "nothing read yet"),
        ([COMPLETE, UNREAD], "not all accounts read yet"),
        ([COMPLETE, HALF], "read back to 2 May 09:42"),
        ([COMPLETE, COMPLETE], "all read"),
    ],
)
def test_several_accounts_are_covered_as_far_as_the_least_of_them(
    coverages: list[Coverage], text: str
) -> None:
    assert of_all(coverages, NOW).text_since(NOW - 60 * DAY) == text


def test_a_shorter_time_may_be_covered_where_a_longer_one_is_not() -> None:
    assert HALF.covers(NOW - 45 * DAY)
    assert not HALF.covers(NOW - 46 * DAY)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_what_is_complete_is_so_for_every_reader_also_after_the_clocks_were_changed(zone: str) -> None:
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    here = now.astimezone(ZoneInfo(zone))
    coverage = of_account(here, read=True, gap_from=None, history_from=now - 90 * DAY)
    assert coverage.complete
    assert of_all([coverage], here).complete
