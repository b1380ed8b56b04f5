"""What failed today, by name, whatever part of the days is in sight."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.services.calendar.view_models import FailedToday
from tests.calendars import scheduled, shown
from tests.factories import NOW, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NINE = NOW.replace(hour=9, minute=0)
SPAN = "status=failed&since=2026-06-16T00%3A00%3A00Z&until=2026-06-17T00%3A00%3A00Z"


def failures(*numbers: int) -> None:
    """Deployments with so many failures today."""
    stored_deployments(*(scheduled(f"{n}", "*/5 * * * *" if n == 0 else "") for n in range(len(numbers))))
    ids = [f"dep_{n}" for n, number in enumerate(numbers) for _ in range(number)]
    stored_runs(
        *(run_record(n, NINE - n * HOUR / 4, "failed", deployment_id=key) for n, key in enumerate(ids))
    )


def today(query: str = "") -> FailedToday:
    failed = shown(query).failed_today
    assert failed is not None
    return failed


@pytest.mark.parametrize("view", ["week", "month", "agenda"])
def test_those_that_failed_most_are_named_and_the_others_counted(view: str) -> None:
    failures(2, 1, 1, 5, 1, 1)
    failed = today(f"view={view}")
    assert [name.word for name in failed.names] == ["3 ×5", "0 ×2", "1", "2"]
    assert failed.names[0].url == f"/runs/?deployment_id=dep_3&{SPAN}"
    assert (failed.others, failed.url) == ("+2 more", f"/runs/?deployment_include_archived=false&{SPAN}")


def test_where_all_are_named_none_is_counted_and_filters_hold() -> None:
    failures(2, 1)
    failed = today("q=dep_1")
    assert ([name.word for name in failed.names], failed.others) == (["1"], "")
    assert failed.url == f"/runs/?deployment_q=dep_1&{SPAN}"


@pytest.mark.parametrize("query", ["date=2026-06-30", "view=day", "q=dep_1"])
def test_nothing_failed_today_or_today_is_not_in_view(query: str) -> None:
    failures(2, 0)
    assert shown(query).failed_today is None
