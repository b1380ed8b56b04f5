"""Two accounts that list the same deployment id: two deployments, in every part of the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar

from dashboard.services.cloud.accounts import Account
from dashboard.services.exports import ics
from dashboard.services.status.snapshot import Snapshot
from tests.calendars import asked, day_of, density_of, entries_of, entry_of, lanes_of, scheduled, shown, slot
from tests.factories import NOW, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TODAY = NOW.replace(hour=0, minute=0)
NINE = NOW.replace(hour=9, minute=0)


@pytest.fixture(autouse=True)
def accounts(settings: Any, account: Account) -> None:
    """Two accounts, `default` and `other`."""
    settings.ACCOUNTS = (account, replace(account, name="other"))


def listed(expression: str = "0 9 * * *", **changes: Any) -> None:
    """The same id in both accounts, under two names."""
    stored_deployments(scheduled("a", expression, name="Here", **changes))
    stored_deployments(scheduled("a", expression, name="There", **changes), account="other")


@pytest.mark.parametrize("view", ["week", "month", "agenda"])
def test_a_run_and_a_slot_belong_to_their_own_accounts_deployment(view: str) -> None:
    listed()
    stored_runs(run_record(1, NINE))
    slot(NINE, "missed", account="other")
    states = {
        (entry.name, entry.state) for entry in entries_of(shown(f"view={view}")) if entry.state != "projected"
    }
    assert states == {
        ("Here", "completed"),
        ("There", "missed"),
    }


@pytest.mark.parametrize("view", ["week", "month"])
def test_a_filter_by_account_leaves_the_others_runs_out(view: str) -> None:
    listed("")
    stored_runs(run_record(1, NINE))
    stored_runs(run_record(1, NINE, "failed"), account="other")
    entry = entry_of(shown(f"view={view}&account=other"))
    assert (entry.name, entry.state) == ("There", "failed")
    assert "account=other" in entry.url


def test_lateness_is_that_of_the_accounts_own_run() -> None:
    listed("")
    stored_runs(run_record(1, NINE))
    stored_runs(run_record(1, NINE), account="other")
    slot(NINE - 5 * MINUTE, "late", account="other", run_id=f"drun_{1:032x}", late_s=300)
    notes = {entry.name: entry.note for entry in entries_of(shown())}
    assert notes == {"Here": "", "There": "+5 min"}


def test_a_slot_of_one_account_hides_no_promise_of_the_other() -> None:
    listed("", schedule=scheduled("a", "", NINE + DAY)["schedule"])
    slot(NINE + DAY, account="default")
    names = [entry.name for entry in entries_of(shown()) if entry.state == "due"]
    assert sorted(names) == ["Here", "There"]


def test_the_band_counts_each_accounts_own() -> None:
    stored_deployments(scheduled("a", "*/5 * * * *", name="Here"))
    stored_deployments(scheduled("a", "", name="There"), account="other")
    stored_runs(run_record(1, NINE), run_record(2, NINE + MINUTE))
    stored_runs(run_record(3, NINE, "failed"), account="other")
    slot(NINE, "missed", account="other")
    page = shown()
    today = density_of(day_of(page, "2026-06-16"))
    assert (today.runs, today.failed, today.missed) == (2, 0, 0)
    assert page.density
    assert page.density.names == [("Here", "/deployments/dep_a/?account=default")]


def test_the_same_id_in_two_accounts_is_two_lanes_that_overlap() -> None:
    listed("", schedule=scheduled("a", "", NINE + DAY)["schedule"])
    stored_deployments(scheduled("b", "", NINE + DAY))
    lanes = lanes_of(shown("view=day&date=2026-06-17"))
    assert [line.text for line in lanes.forecast.lines[:2]] == [
        "At most 3 at once, 09:00 to 09:01",
        "3 start at 09:00",
    ]
    assert {lane.name: lane.url for lane in lanes.lanes}["There"] == "/deployments/dep_a/?account=other"


def test_a_moved_promise_is_noticed_for_its_own_account() -> None:
    listed("0 9 * * *")
    slot(NINE, "withdrawn", account="other", reason="moved")
    moved = [notice for notice in shown().notices if "moved" in notice.text]
    assert [(notice.text.split(" moved")[0], notice.url) for notice in moved] == [
        ("Next run of There", "/deployments/dep_a/?account=other")
    ]
    assert not [notice for notice in shown("account=default").notices if "moved" in notice.text]


def test_the_feed_holds_each_accounts_own_slots() -> None:
    listed("")
    slot(NINE, "on time")
    slot(NINE, "missed", account="other")
    feed = Calendar.from_ical(ics.feed(asked(), Snapshot(NOW), lambda path: path))
    written = {(str(event["summary"]), str(event["url"])) for event in feed.walk("VEVENT")}
    assert written == {
        ("Here", "/deployments/dep_a/?account=default"),
        ("missed: There", "/deployments/dep_a/?account=other"),
    }
