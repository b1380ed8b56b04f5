"""How long a run took, against what is usual and against its limit: tables of cases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.services.runs import duration
from dashboard.services.runs.duration import Measure
from dashboard.web.components import DurationBar

SECOND = timedelta(seconds=1)
USUAL = Measure(10 * SECOND, 5, 60 * SECOND)


@pytest.mark.parametrize(
    ("usual_ms", "limit_ms", "text"),
    [
        (25_000, 600_000, "usual 25 s (of 5 runs), limit 10 min"),
        (25_000, None, "usual 25 s (of 5 runs)"),
        (None, 600_000, "limit 10 min"),
        (None, None, ""),
        (0, -5, ""),
        (2**62, 10**30, ""),
    ],
)
def test_a_measure_names_what_is_known(usual_ms: int | None, limit_ms: int | None, text: str) -> None:
    assert Measure.of(usual_ms, 5, limit_ms).text == text


@pytest.mark.parametrize(
    ("seconds", "measure", "expected"),
    [
        (None, USUAL, DurationBar("")),
        (5, USUAL, DurationBar("5 s", USUAL.text, 5 / 30, 1 / 3)),
        (0, USUAL, DurationBar("0 s", USUAL.text, 0.0, 1 / 3)),
        (39, USUAL, DurationBar("39 s", USUAL.text, 1.0, 1 / 3)),  # not long enough over it to be noticed
        (40, USUAL, DurationBar("40 s", USUAL.text, 1.0, 1 / 3, "slow")),
        (
            40,
            Measure(10 * SECOND, 4),
            DurationBar("40 s", "usual 10 s (of 4 runs)", 1.0, 1 / 3),
        ),  # of too few runs
        (90, USUAL, DurationBar("1 min 30 s", USUAL.text, 1.0, 1 / 3, "over the limit 1 min")),
        (
            12,
            Measure(10 * SECOND, 5, 12 * SECOND),
            DurationBar("12 s", "usual 10 s (of 5 runs), limit 12 s", 0.4, 1 / 3, "at the limit 12 s"),
        ),
        (
            60,
            Measure(None, 0, 60 * SECOND),
            DurationBar("1 min", "limit 1 min", None, 1 / 3, "at the limit 1 min"),
        ),
        (59, Measure(None, 0, 60 * SECOND), DurationBar("59 s", "limit 1 min", None, 1 / 3)),
        (3600, Measure(), DurationBar("1 h", "", None, 1 / 3)),
    ],
)
def test_a_bar_ends_at_three_times_the_usual(
    seconds: float | None, measure: Measure, expected: DurationBar
) -> None:
    assert duration.duration_bar(None if seconds is None else seconds * SECOND, measure) == expected


def test_the_duration_of_a_live_run_is_coarse() -> None:
    bar = duration.duration_bar(12.345 * SECOND, USUAL, live=True)
    assert (bar.text, bar.live) == ("12 s", True)


@pytest.mark.parametrize(
    ("seconds", "measure", "text"),
    [
        (5, USUAL, "0.5 times the usual 10 s (of 5 runs), limit 1 min"),
        (61, USUAL, "over the limit 1 min, 6.1 times the usual 10 s (of 5 runs)"),
        (
            10,
            Measure(9.9 * SECOND, 20, 10 * SECOND),
            "at the limit 10 s, 1.0 times the usual 9.9 s (of 20 runs)",
        ),
        (61, Measure(None, 0, 60 * SECOND), "over the limit 1 min"),
        (25, Measure(10 * SECOND, 1), "2.5 times the usual 10 s (of 1 run)"),
        (25, Measure(None, 0, 60 * SECOND), "limit 1 min"),
        (25, Measure(), ""),
        (86_400, Measure(SECOND, 2_000), "86,400.0 times the usual 1 s (of 2,000 runs)"),
    ],
)
def test_a_duration_is_compared_with_its_measure(seconds: int, measure: Measure, text: str) -> None:
    assert duration.compare(seconds * SECOND, measure) == text


lengths = st.timedeltas(timedelta(), timedelta(days=4000))


@given(lengths, st.none() | lengths, st.none() | lengths)
def test_no_bar_is_filled_beyond_its_end(
    elapsed: timedelta, usual: timedelta | None, limit: timedelta | None
) -> None:
    bar = duration.duration_bar(elapsed, Measure(usual, 5, limit))
    assert bar.text
    assert (bar.filled is None) == (not usual)
    assert bar.filled is None or 0 <= bar.filled <= 1
