"""The chips of a month: one for each deployment and day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.services.calendar.entries import CellRest
from dashboard.services.calendar.state_words import rank
from dashboard.services.calendar.totals import DayTotals
from tests.calendars import day_of, placed, plan, scheduled, shown, slot, time_of
from tests.factories import NOW, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NINE = NOW.replace(hour=9, minute=0)
TODAY = NOW.replace(hour=0, minute=0)


def test_a_months_day_has_one_chip_for_each_deployment_in_its_most_urgent_state() -> None:
    plan("a", "0 9 * * *", NINE + DAY)
    stored_runs(run_record(1, NINE), run_record(2, NINE, "failed"), run_record(3, NINE - DAY))
    slot(NINE - DAY, "missed")
    slot(NINE - 2 * DAY, "withdrawn", reason="moved")
    page = shown("view=month")
    state_on = {date: state for date, _, state in placed(page)}
    assert {key: state_on[key] for key in sorted(state_on)[:6]} == {
        "2026-06-14": "withdrawn",
        "2026-06-15": "missed",
        "2026-06-16": "failed",
        "2026-06-17": "due",
        "2026-06-18": "projected",
        "2026-06-19": "projected",
    }
    [chip] = day_of(page, "2026-06-16").entries.earlier
    assert chip.title == "a, Tue 16 Jun: 1 failed, 1 completed"
    assert (chip.hour, time_of(chip), chip.count_text) == (None, "", "1 of 2")
    assert day_of(page, "2026-07-01").outside
    assert day_of(page, "2026-06-17").entries.earlier[0].url == "/deployments/dep_a/"
    assert chip.url == (
        "/runs/?deployment_id=dep_a&since=2026-06-16T00%3A00%3A00Z&until=2026-06-17T00%3A00%3A00Z"
    )


def test_a_months_day_names_the_worst_and_counts_the_rest() -> None:
    names = "abcdefg"
    stored_deployments(*(scheduled(name, "") for name in names))
    for n, name in enumerate(names):
        status = "failed" if name in "cf" else "skipped" if name == "e" else "completed"
        stored_runs(run_record(n, NINE, status, deployment_id=f"dep_{name}"))
    day = day_of(shown("view=month"), "2026-06-16")
    assert [chip.name for chip in day.entries.earlier] == ["c", "f", "e", "a"]
    assert day.rest == CellRest(
        "+3", "Tue 16 Jun", "Tue 16 Jun, 3 more: 3 completed", "/calendar/?view=day&date=2026-06-16"
    )
    assert day.totals == DayTotals(failed=2, completed=4, other=1)


def test_troubles_that_have_no_chip_are_counted_beside_it() -> None:
    stored_deployments(*(scheduled(f"{n}", "") for n in range(9)))
    stored_runs(*(run_record(n, NINE, "failed", deployment_id=f"dep_{n}") for n in range(6)))
    for n in (6, 7):
        slot(NINE, "missed", f"{n}")
    stored_runs(run_record(8, NINE, deployment_id="dep_8"))
    rest = day_of(shown("view=month"), "2026-06-16").rest
    assert rest is not None
    assert rest.text == "+5 (2 failed, 2 missed)"
    assert rest.title == "Tue 16 Jun, 5 more: 2 failed, 2 missed, 1 completed"


def test_an_unknown_state_is_more_urgent_than_what_went_well() -> None:
    assert rank("missed") < rank("cancelled") < rank("completed")
