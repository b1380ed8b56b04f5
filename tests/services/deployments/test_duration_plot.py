"""Durations over time: where each run stands, and what the lines say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.models import Run
from dashboard.services.deployments.duration_plot import HEIGHT, WIDTH, Plot, plot
from tests.factories import NOW

HOUR = timedelta(hours=1)


def run(ago: float, ms: int | None, status: str = "completed", version: int | None = 1) -> Run:
    return Run(
        run_id=f"run/{ago:g}", at=NOW - ago * HOUR, duration_ms=ms, status=status, agent_version=version
    )


def drawn(*newest_first: Run, limit_ms: int | None = None) -> Plot:
    drawing = plot(newest_first, limit_ms, NOW)
    assert drawing is not None
    return drawing


@pytest.mark.parametrize(
    "runs", [[], [run(1, None)], [run(1, 5, "skipped")], [run(1, 5, "running")], [run(1, None, "failed")]]
)
def test_where_nothing_finished_in_a_known_time_there_is_no_plot(runs: list[Run]) -> None:
    assert plot(runs, None, NOW) is None


def test_a_point_stands_at_its_time_and_its_duration_and_leads_to_its_run() -> None:
    drawing = drawn(run(0, 1_000), run(5, 500, "failed"), run(10, 2_000))
    assert [(point.x, point.y, point.status) for point in drawing.points] == [
        (0, 0, "completed"),
        (WIDTH // 2, HEIGHT * 3 // 4, "failed"),
        (WIDTH, HEIGHT // 2, "completed"),
    ]
    assert drawing.points[1].title == "failed, Tue 16 Jun 04:42 UTC, 500 ms"
    assert drawing.points[1].url == "/runs/run%2F5/"
    assert drawing.length_ticks[-1].label == "2 s"


def test_the_lines_are_of_completed_runs_alone() -> None:
    drawing = drawn(run(1, 9_000, "failed"), run(2, 3_000), run(3, 1_000))
    assert (drawing.median_y, drawing.p95_y) == (HEIGHT * 8 // 10, HEIGHT * 7 // 10)
    assert drawing.lines == (("median", "median 2 s (of 2 completed runs)"), ("p95", "95 in 100 within 3 s"))
    assert (
        drawing.text == "Duration of the last 3 finished runs: 1 failed, "
        "median 2 s (of 2 completed runs), 95 in 100 within 3 s"
    )


def test_where_all_failed_nothing_is_usual() -> None:
    drawing = drawn(run(1, 9_000, "failed"))
    assert (drawing.median_y, drawing.p95_y, drawing.lines) == (None, None, ())
    assert drawing.text == "Duration of the latest finished run: 1 failed"


@pytest.mark.parametrize(
    ("limit_ms", "limit_y", "top", "text"),
    [
        (None, None, "10 s", ()),
        (30_000, 0, "30 s", (("limit", "limit 30 s"),)),
        (5_000, HEIGHT // 2, "10 s", (("limit", "limit 5 s"),)),  # a run outlived it
        (0, HEIGHT, "10 s", (("limit", "limit 0 s"),)),
        # Drawn, it would press every point onto the ground.
        (30_001, None, "10 s", (("limit", "limit 30 s, far above"),)),
        (2**53 - 1, None, "10 s", (("limit", "limit 104249991 d 8 h, far above"),)),
    ],
)
def test_the_limit_is_drawn_where_it_is_in_sight_and_always_shown(
    limit_ms: int | None, limit_y: int | None, top: str, text: tuple[tuple[str, str], ...]
) -> None:
    drawing = drawn(run(1, 10_000), limit_ms=limit_ms)
    assert (drawing.limit_y, drawing.length_ticks[-1].label) == (limit_y, top)
    assert drawing.lines[2:] == text


def test_a_change_of_the_version_is_marked_where_it_was_first_seen() -> None:
    drawing = drawn(
        run(0, 1, version=3), run(4, 1, version=None), run(5, 1, version=2), run(10, 1, version=2)
    )
    assert drawing.faults == ((WIDTH, "agent v2 to v3"),)
    newer, older = run(0, 1, version=2), run(10, 1, version=2)
    newer.agent_id, older.agent_id = "agent_b", "agent_a"
    assert drawn(newer, older).faults == ((WIDTH, "agent_a v2 to agent_b v2"),)


def test_the_legend_names_the_latest_changes_of_the_version() -> None:
    drawing = drawn(*(run(n, 1, version=9 - n) for n in range(5)))
    assert [label for _, label in drawing.latest_faults] == [
        *("agent v6 to v7", "agent v7 to v8", "agent v8 to v9")
    ]


def test_the_latest_change_is_named_beside_its_line() -> None:
    near = drawn(run(0, 1, version=2), run(10, 1)).fault_label
    assert near is not None
    assert (near.label, near.anchor) == ("agent v1 to v2", "end")
    far = drawn(run(0, 1, version=2), run(9, 1, version=2), run(10, 1)).fault_label
    assert far is not None
    assert far.anchor == "start"
    assert drawn(run(1, 1)).fault_label is None


def test_figures_of_durations_have_a_line_but_for_the_ground() -> None:
    assert drawn(run(1, 10_000)).grid_ys == (128, 96, 64, 32, 0)


def test_a_run_stamped_ahead_of_this_clock_stands_at_the_edge() -> None:
    drawing = drawn(run(-2, 1_000), run(-1, 1_000))
    assert [point.x for point in drawing.points] == [0, WIDTH]


@given(
    st.lists(st.tuples(st.floats(-1, 10_000), st.none() | st.integers(0, 2**53 - 1)), max_size=30),
    st.none() | st.integers(0, 2**53 - 1),
)
def test_whatever_is_drawn_is_on_the_drawing(
    values: list[tuple[float, int | None]], limit: int | None
) -> None:
    runs = [run(ago, ms) for ago, ms in sorted(values, key=lambda row: row[0])]
    drawing = plot(runs, limit, NOW)
    if drawing is None:
        assert all(ms is None for _, ms in values)
        return
    assert len(drawing.points) == sum(ms is not None for _, ms in values)
    assert all(0 <= point.x <= WIDTH and 0 <= point.y <= HEIGHT for point in drawing.points)
    lines = (drawing.median_y, drawing.p95_y, drawing.limit_y)
    assert all(0 <= y <= HEIGHT for y in lines if y is not None)
