"""How many tiles fit a screen, and how large."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.filters import WALL_COLUMNS
from dashboard.services.wallboard.grid import STEPS, Grid, fit_grid

numbers = st.integers(0, 1_200)
columns = st.sampled_from([0, *map(int, WALL_COLUMNS)])


def test_every_number_of_columns_that_a_wall_can_be_asked_for_has_a_step() -> None:
    assert list(dict.fromkeys(step.columns for step in STEPS)) == [int(number) for number in WALL_COLUMNS]


@pytest.mark.parametrize(
    ("needy", "calm", "asked", "grid", "shown"),
    [
        (0, 0, 0, (1, 1, "normal"), (0, 0, 1)),
        (0, 1, 0, (1, 1, "normal"), (0, 1, 1)),
        (1, 11, 0, (4, 3, "normal"), (1, 11, 1)),
        (3, 21, 0, (6, 4, "normal"), (3, 21, 1)),
        (3, 22, 0, (6, 7, "smaller"), (3, 22, 1)),
        (9, 51, 0, (8, 8, "compact"), (9, 51, 1)),
        (
            4,
            996,
            0,
            (8, 8, "compact"),
            (4, 60, 17),
        ),  # what is well is counted before tiles get too small to read
        (64, 936, 0, (8, 8, "compact"), (64, 0, 1)),
        (65, 935, 0, (10, 16, "chip"), (65, 95, 10)),
        (1_000, 0, 0, (20, 50, "chip"), (1_000, 0, 1)),
        (1_001, 5, 0, (20, 50, "chip"), (1_000, 0, 1)),
        (3, 39, 5, (5, 4, "normal"), (3, 17, 3)),
        (3, 39, 6, (6, 7, "smaller"), (3, 39, 1)),
        (30, 0, 4, (6, 7, "smaller"), (30, 0, 1)),
        (1, 0, 8, (8, 8, "compact"), (1, 0, 1)),
    ],
)
def test_a_fleet_gets_the_largest_tiles_that_fit(
    needy: int, calm: int, asked: int, grid: tuple[int, int, str], shown: tuple[int, int, int]
) -> None:
    result = fit_grid(needy, calm, asked)
    assert (result.step.columns, result.step.rows, result.step.size) == grid
    assert (result.needy, result.calm, result.pages) == shown


@given(numbers, numbers, columns)
def test_what_needs_somebody_always_has_its_tile_and_no_tile_is_without_a_place(
    needy: int, calm: int, asked: int
) -> None:
    grid = fit_grid(needy, calm, asked)
    assert grid.needy == min(needy, STEPS[-1].places)
    assert grid.needy + grid.calm <= grid.step.places
    assert grid.step.columns >= asked or grid.needy == STEPS[-1].places


@given(numbers, numbers, columns)
def test_the_pages_of_a_rotation_show_each_of_the_others_once(needy: int, calm: int, asked: int) -> None:
    grid: Grid = fit_grid(needy, calm, asked)
    if grid.calm:
        assert (grid.pages - 1) * grid.calm < calm <= grid.pages * grid.calm
    else:
        assert grid.pages == 1


def test_each_step_takes_more_than_the_one_before() -> None:
    places = [step.places for step in STEPS]
    assert places == sorted(set(places))
    assert places[-1] == 1_000
