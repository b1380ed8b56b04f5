"""How many tiles fit a screen, and how large."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.filters import WALL_COLUMNS
from dashboard.services.wallboard.grid import BAND, HEIGHT, NOTE, Grid, fit_grid

MOST = 1_000  # tiles that any screen takes
numbers = st.integers(0, 1_200)
columns = st.sampled_from([0, *map(int, WALL_COLUMNS)])


@pytest.mark.parametrize(
    ("needy", "calm", "asked", "grid", "shown"),
    [
        (0, 0, 0, (1, 1, "large", 3.0), (0, 0, 1)),
        (0, 1, 0, (1, 1, "large", 3.0), (0, 1, 1)),
        (1, 11, 0, (4, 3, "large", 1.4), (1, 11, 1)),
        (3, 21, 0, (6, 4, "large", 1.0), (3, 21, 1)),
        (7, 31, 0, (8, 5, "normal", 1.0), (7, 31, 1)),
        (7, 41, 0, (8, 6, "smaller", 1.0), (7, 41, 1)),
        (7, 49, 0, (8, 7, "compact", 1.0), (7, 49, 1)),
        (7, 57, 0, (8, 8, "compact", 1.0), (7, 57, 1)),
        (9, 63, 0, (8, 9, "flat", 1.0), (9, 63, 1)),
        (9, 71, 0, (8, 10, "flat", 1.0), (9, 71, 1)),
        (4, 996, 0, (8, 10, "flat", 1.0), (4, 76, 14)),  # what is well is counted before tiles get too small
        (80, 920, 0, (8, 10, "flat", 1.0), (80, 0, 1)),
        (81, 919, 0, (8, 11, "chip", 1.0), (81, 7, 132)),
        (250, 750, 0, (10, 25, "chip", 1.0), (250, 0, 1)),
        (324, 0, 0, (12, 27, "chip", 1.0), (324, 0, 1)),
        (325, 0, 0, (16, 32, "chip", 0.66), (325, 0, 1)),
        (1_000, 0, 0, (20, 50, "chip", 0.47), (1_000, 0, 1)),
        (1_001, 5, 0, (20, 50, "chip", 0.47), (1_000, 0, 1)),
        (3, 39, 5, (5, 9, "flat", 1.0), (3, 39, 1)),
        (3, 79, 5, (5, 10, "flat", 1.0), (3, 47, 2)),
        (30, 0, 2, (3, 10, "flat", 1.0), (30, 0, 1)),
        (1, 0, 8, (8, 1, "large", 1.0), (1, 0, 1)),
        (1, 8, 10, (10, 1, "chip", 1.0), (1, 8, 1)),
        (300, 8, 10, (12, 25, "chip", 1.0), (300, 0, 1)),
    ],
)
def test_a_fleet_gets_the_largest_tiles_that_fit(
    needy: int, calm: int, asked: int, grid: tuple[int, int, str, float], shown: tuple[int, int, int]
) -> None:
    result = fit_grid(needy, calm, asked)
    step = result.step
    assert (step.columns, step.rows, step.size, step.scale) == grid
    assert (result.needy, result.calm, result.pages) == shown


def test_a_tile_of_a_hundred_pixels_has_a_strip_and_one_of_names_alone_has_none() -> None:
    steps = [fit_grid(0, number).step for number in range(1, 81)]
    assert all(step.strip == (step.height * 10.8 >= 100) for step in steps)
    assert not fit_grid(81, 0).step.strip


def test_what_stands_above_and_below_leaves_the_tiles_less() -> None:
    assert fit_grid(0, 80, height=HEIGHT - BAND - 2 * NOTE).step.places == 64
    assert fit_grid(0, 40, height=HEIGHT - BAND).step.size == "smaller"


def test_a_narrow_tile_has_room_for_less_of_a_name() -> None:
    wide, narrow = fit_grid(0, 24).step, fit_grid(0, 40).step
    assert wide.name_room > narrow.name_room > 7
    assert wide.state_room > narrow.state_room > 7


@given(numbers, numbers, columns)
def test_what_needs_somebody_always_has_its_tile_and_no_tile_is_without_a_place(
    needy: int, calm: int, asked: int
) -> None:
    grid = fit_grid(needy, calm, asked)
    assert grid.needy == min(needy, MOST)
    assert grid.needy + grid.calm <= grid.step.places
    assert str(grid.step.columns) in WALL_COLUMNS
    assert grid.step.columns >= asked or grid.needy == MOST


@given(numbers, numbers, columns)
def test_the_pages_of_a_rotation_show_each_of_the_others_once(needy: int, calm: int, asked: int) -> None:
    grid: Grid = fit_grid(needy, calm, asked)
    if grid.calm:
        assert (grid.pages - 1) * grid.calm < calm <= grid.pages * grid.calm
    else:
        assert grid.pages == 1


def test_a_grid_is_filled_but_for_less_than_a_row() -> None:
    for number in range(1, 81):
        step = fit_grid(0, number).step
        assert step.places - number < step.columns
