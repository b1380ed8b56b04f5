"""The density band: what frequent deployments come to, hour by hour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.services.calendar import density_band
from dashboard.services.calendar.totals import DayTotals
from tests.calendars import day_of, density_of, drawn, entries_of, plan, scheduled, shown, slot
from tests.factories import NOW, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NINE = NOW.replace(hour=9, minute=0)
TODAY = NOW.replace(hour=0, minute=0)


@pytest.mark.parametrize("view", ["week", "month", "agenda"])
def test_a_frequent_deployment_is_in_the_band_and_has_no_entry(view: str) -> None:
    stored_deployments(
        scheduled("frequent", "*/10 * * * *", *(NINE + n * 10 * MINUTE for n in range(4, 12))),
        scheduled("infrequent", ""),
    )
    stored_runs(
        *(
            run_record(
                n, NINE - n * 10 * MINUTE, "failed" if n < 2 else "completed", deployment_id="dep_frequent"
            )
            for n in range(6)
        ),
        run_record(99, NINE, deployment_id="dep_infrequent"),
    )
    slot(NINE + 10 * MINUTE, "missed", "frequent")
    slot(NINE - 5 * HOUR, "unobserved", "frequent")
    slot(NINE - 5 * HOUR, "missed", "infrequent")
    page = shown(f"view={view}")
    assert {entry.name for entry in entries_of(page)} == {"infrequent"}
    assert page.density
    assert page.density.names == [("frequent", "/deployments/dep_frequent/")]
    today = next(day for day in page.days if day.today)
    band = density_of(today)
    assert (band.runs, band.failed, band.missed, band.coming) == (6, 2, 1, 7 + 13 * 6)
    assert band.bars[9].text == "09:00: 1 failed, 1 promised, 1 missed, 1 not watched"
    assert band.bars[8].text == "08:00: 4 completed, 1 failed"
    assert (band.bars[10].text, band.bars[11].text) == ("10:00: 6 promised", "11:00: 6 projected")
    assert band.bars[4].text == "04:00: 1 not watched"
    assert band.bars[5].text == "05:00: nothing"
    assert drawn(band.bars[8], "bad") == [4]
    assert (drawn(band.bars[8], "done"), drawn(band.bars[9], "done")) == ([35], [])
    assert (today.totals.failed, today.totals.completed, today.totals.missed) == (2, 5, 2)


def test_a_band_of_many_names_the_first_and_leads_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(density_band, "_NAMED", 2)
    stored_deployments(*(scheduled(f"{n}", "*/5 * * * *") for n in (3, 1, 2)))
    density = shown("view=month&q=dep").density
    assert density
    assert [name for name, _ in density.names] == ["1", "2"]
    assert (density.more, density.url) == (1, "/deployments/?q=dep&frequent=true")


def test_there_is_no_band_without_frequent_deployments() -> None:
    plan("a", "0 */4 * * *")
    assert shown().density is None


def test_the_band_counts_its_deployments_and_their_runs_in_a_sentence() -> None:
    plan("a", "*/5 * * * *", status="paused")
    page = shown()
    density = page.density
    assert density
    assert density.text == "1 deployment fires 8 times a day or more: nothing in these days"
    assert {bar.rects for day in page.days for bar in density_of(day).bars} == {()}
    plan("b", "*/5 * * * *", status="paused")
    stored_runs(run_record(1, NINE, "failed"))
    slot(NINE, "missed", "b")
    density = shown().density
    assert density
    assert density.text == "2 deployments fire 8 times a day or more: 1 run, 1 failed; 1 missed"


def test_hours_to_come_are_promised_and_then_projected() -> None:
    plan("a", "0 * * * *", NOW.replace(hour=10, minute=0), NOW.replace(hour=11, minute=0))
    assert day_of(shown(), "2026-06-16").totals == DayTotals(promised=2, projected=12)
    assert density_of(day_of(shown(), "2026-06-16")).coming == 14


@pytest.mark.parametrize(
    ("own", "shown_in"),
    [("Asia/Kolkata", "UTC"), ("UTC", "Asia/Kathmandu"), ("Asia/Kolkata", "Asia/Kolkata"), ("", "UTC")],
)
def test_a_day_to_come_has_all_its_firings_though_hours_of_two_clocks_begin_apart(
    own: str, shown_in: str
) -> None:
    plan("a", "*/10 * * * *", zone=own)
    week = shown("view=week", zone=shown_in).days
    assert [day.totals.projected for day in week[2:]] == [144 if own else 0] * 5


@pytest.mark.parametrize(("number", "marks"), [(1, [4]), (3, [4, 4, 4]), (4, [16])])
def test_up_to_three_failures_are_marks_and_more_are_a_block(number: int, marks: list[int]) -> None:
    plan("a", "*/5 * * * *", status="paused")
    stored_runs(*(run_record(n, NINE + n * MINUTE, "failed") for n in range(number)))
    assert drawn(density_of(day_of(shown(), "2026-06-16")).bars[9], "bad") == marks


def test_all_bars_of_a_kind_are_one_path() -> None:
    plan("a", "*/30 * * * *")
    stored_runs(*(run_record(n, TODAY + n * HOUR, "failed" if n == 1 else "completed") for n in range(3)))
    shapes = {shape.kind: shape.path for shape in density_of(day_of(shown(), "2026-06-16")).shapes}
    assert shapes["bad"] == "M21 56v4"
    assert shapes["done"].count("M") == 2
    assert shapes["coming"].count("M") == 14
