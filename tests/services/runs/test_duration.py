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
USUAL = Measure(10 * SECOND, 60 * SECOND)


@pytest.mark.parametrize(
    ("usual_ms", "limit_ms", "said"),
    [
        (25_000, 600_000, "usual 25 s, limit 10 min"),
        (25_000, None, "usual 25 s"),
        (None, 600_000, "limit 10 min"),
        (None, None, ""),
        (0, -5, ""),
        (2**62, 10**30, ""),
    ],
)
def test_a_measure_is_said_as_far_as_it_is_known(
    usual_ms: int | None, limit_ms: int | None, said: str
) -> None:
    assert Measure.of(usual_ms, limit_ms).text == said


@pytest.mark.parametrize(
    ("seconds", "measure", "expected"),
    [
        (None, USUAL, DurationBar("")),
        (5, USUAL, DurationBar("5 s", USUAL.text, 5 / 30, 1 / 3)),
        (0, USUAL, DurationBar("0 s", USUAL.text, 0.0, 1 / 3)),
        (20, USUAL, DurationBar("20 s", USUAL.text, 20 / 30, 1 / 3)),  # twice the usual is not past it
        (20.1, USUAL, DurationBar("20.1 s", USUAL.text, 20.1 / 30, 1 / 3, slow=True)),
        (90, USUAL, DurationBar("1 min 30 s", USUAL.text, 1.0, 1 / 3, slow=True)),
        (
            12,
            Measure(10 * SECOND, 12 * SECOND),
            DurationBar("12 s", "usual 10 s, limit 12 s", 0.4, 1 / 3, slow=True),
        ),
        (60, Measure(None, 60 * SECOND), DurationBar("1 min", "limit 1 min", None, 1 / 3, slow=True)),
        (59, Measure(None, 60 * SECOND), DurationBar("59 s", "limit 1 min", None, 1 / 3)),
        (3600, Measure(), DurationBar("1 h", "", None, 1 / 3)),
    ],
)
def test_a_duration_is_drawn_on_a_track_of_three_times_the_usual(
    seconds: float | None, measure: Measure, expected: DurationBar
) -> None:
    assert duration.duration_bar(None if seconds is None else seconds * SECOND, measure) == expected


def test_what_is_still_growing_is_told_coarsely() -> None:
    found = duration.duration_bar(12.345 * SECOND, USUAL, live=True)
    assert (found.text, found.live) == ("12 s", True)


@pytest.mark.parametrize(
    ("seconds", "measure", "said"),
    [
        (5, USUAL, "0.5 times the usual 10 s, limit 1 min"),
        (25, Measure(10 * SECOND), "2.5 times the usual 10 s"),
        (25, Measure(None, 60 * SECOND), "limit 1 min"),
        (25, Measure(), ""),
        (86_400, Measure(SECOND), "86,400.0 times the usual 1 s"),
    ],
)
def test_a_duration_is_compared_in_words(seconds: int, measure: Measure, said: str) -> None:
    assert duration.compared(seconds * SECOND, measure) == said


lengths = st.timedeltas(timedelta(), timedelta(days=4000))


@given(lengths, st.none() | lengths, st.none() | lengths)
def test_no_track_is_filled_beyond_its_end(
    took: timedelta, usual: timedelta | None, limit: timedelta | None
) -> None:
    found = duration.duration_bar(took, Measure(usual, limit))
    assert found.text
    assert (found.filled is None) == (not usual)
    assert found.filled is None or 0 <= found.filled <= 1
