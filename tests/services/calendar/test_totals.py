"""What a day comes to: counts by state, and the figures that pages show of them."""

from __future__ import annotations

import pytest

from dashboard.services.calendar.totals import DayFigure, DayTotals


def test_states_are_counted_under_their_names_and_the_rest_as_other() -> None:
    states = {"failed": 1, "missed": 2, "late": 3, "completed": 4, "skipped": 5, "cancelled": 6}
    states |= {"due": 7, "projected": 8, "withdrawn": 9, "unobserved": 10}
    assert DayTotals.of(states) == DayTotals(1, 2, 3, 4, other=11, promised=7, projected=8)


def test_days_add_up() -> None:
    total = DayTotals.sum([DayTotals(failed=1, completed=1), DayTotals(failed=2, promised=3), DayTotals()])
    assert total == DayTotals(failed=3, completed=1, promised=3)
    assert total.runs == 4
    assert total.coming == (DayFigure(3, "promised"),)


def test_the_text_leaves_noughts_out_and_groups_thousands() -> None:
    assert DayTotals(failed=1, completed=1_200, projected=2).text == "1 failed, 1,200 completed, 2 projected"
    assert DayTotals().text == ""


def test_figures_are_troubles_first_and_fewer_in_a_months_cell() -> None:
    totals = DayTotals(failed=1, missed=2, late=3, completed=4, other=5, promised=6, projected=1)
    assert totals.troubles == (
        DayFigure(1, "failed", "failed"),
        DayFigure(2, "missed", "missed"),
        DayFigure(3, "late", "late"),
    )
    assert totals.figures == (
        *totals.troubles,
        DayFigure(4, "ok"),
        DayFigure(5, "other"),
        DayFigure(7, "due"),
    )
    assert totals.short_figures == (*totals.troubles[:2], DayFigure(4, "ok"))


@pytest.mark.parametrize(
    ("totals", "worst"),
    [
        (DayTotals(missed=1, late=2, completed=3), DayFigure(1, "missed", "missed")),
        (DayTotals(completed=3, promised=1), DayFigure(3, "completed", "completed")),
        (DayTotals(promised=1, projected=2), DayFigure(3, "due", "due")),
        (DayTotals(projected=2), DayFigure(2, "due", "projected")),
        (DayTotals(other=2), None),
    ],
)
def test_a_phones_cell_shows_the_worst(totals: DayTotals, worst: DayFigure | None) -> None:
    assert totals.worst == worst
