"""Remarks above the calendar: moved promises, silent deployments, gaps in watching."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dashboard.models import Slot, Watch
from tests.calendars import placed, plan, scheduled, shown, slot
from tests.factories import NOW, stored_deployments

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NINE = NOW.replace(hour=9, minute=0)
TODAY = NOW.replace(hour=0, minute=0)
BERLIN = "Europe/Berlin"


def test_a_moved_promise_has_a_notice() -> None:
    plan("a", "")
    slot(NINE, "withdrawn", reason="moved", moved_to=NINE + HOUR)
    slot(NINE - DAY, "withdrawn", reason="moved")
    slot(NINE - 2 * HOUR, "withdrawn", reason="edited")
    slot(NINE, "withdrawn", "stranger", reason="moved")
    assert [(notice.text, notice.url) for notice in shown(zone=BERLIN).notices] == [
        (
            "Next run of a moved from Tue 16 Jun 11:00 to Tue 16 Jun 12:00, nothing ran",
            "/deployments/dep_a/",
        ),
        ("Next run of a moved from Mon 15 Jun 11:00 away, nothing ran", "/deployments/dep_a/"),
    ]
    assert shown("date=2026-07-16").notices == ()


def test_only_the_newest_moves_have_a_notice() -> None:
    plan("a", "")
    for n in range(9):
        slot(NINE - n * MINUTE, "withdrawn", reason="moved")
    page = shown()
    assert (len(page.notices), len(page.more_notices)) == (3, 2)
    assert Slot.objects.count() == 9


def test_only_deployments_in_view_have_notices() -> None:
    plan("a", "0 9 * * *", NOW + DAY)
    plan("b", "0 9 * * *", NOW + DAY)
    slot(TODAY, "withdrawn", "a", reason="moved")
    for n in range(1, 7):
        slot(TODAY + n * HOUR, "withdrawn", "b", reason="moved", moved_to=NOW)
    (notice,) = shown("q=dep_a").notices
    assert notice.text.endswith("away, nothing ran")


@pytest.mark.parametrize(
    ("record", "noticed"),
    [
        (scheduled("a"), True),
        (scheduled("a", "0 9 * * *", NINE), True),
        (scheduled("a", "0 9 * * *", NINE + DAY), False),
        (scheduled("a", ""), False),
        (scheduled("a", status="paused"), False),
        (scheduled("a", archived_at="2026-06-16T00:00:00Z"), False),
    ],
)
def test_an_active_deployment_without_a_promise_has_a_notice(
    record: dict[str, object], noticed: bool
) -> None:
    stored_deployments(record)
    texts = [notice.text for notice in shown("include_archived=true").notices]
    assert texts == (["a is active, and nothing is promised"] if noticed else [])


def test_a_notice_names_a_nameless_deployment_by_its_id() -> None:
    stored_deployments(scheduled("a", "0 9 * * *", name=""))
    (notice,) = shown().notices
    assert notice.text.startswith("dep_a is active")


def watched(*spans: tuple[datetime, datetime], account: str = "default") -> None:
    for since, until in spans:
        Watch.objects.create(account=account, since=since, until=until)


def test_a_gap_in_watching_has_a_note() -> None:
    plan("a", "")
    watched((NINE - 5 * HOUR, NINE - 2 * HOUR), (NINE - HOUR, NINE))
    watched((NINE - 5 * HOUR, NINE), account="other")
    assert shown(zone=BERLIN).watch_notes == (
        "Not watched from Tue 16 Jun 09:00 to Tue 16 Jun 10:00: runs promised then may be missing",
    )
    assert shown("date=2026-07-16").watch_notes == ()


def test_a_gap_that_begins_before_the_days_has_a_note() -> None:
    Watch.objects.create(account="default", since=TODAY - 9 * DAY, until=TODAY - 8 * DAY)
    Watch.objects.create(account="default", since=TODAY + 8 * HOUR, until=NOW)
    Watch.objects.create(account="other", since=TODAY - 20 * DAY, until=TODAY - 20 * DAY)
    (note,) = shown("view=day").watch_notes
    assert note == "Not watched from Mon 8 Jun 00:00 to Tue 16 Jun 08:00: runs promised then may be missing"


def test_only_the_newest_gaps_have_a_note() -> None:
    watched(*((NINE - n * HOUR, NINE - n * HOUR + MINUTE) for n in range(9)))
    notes = shown().watch_notes
    assert len(notes) == 5
    assert notes[-1].startswith("Not watched from Tue 16 Jun 08:01 to Tue 16 Jun 09:00")


def test_watching_without_a_gap_has_no_note() -> None:
    watched((NINE - 5 * DAY, NINE))
    assert shown().watch_notes == ()
    assert not placed(shown())
