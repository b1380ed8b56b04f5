"""What of a text a tile has room for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.services.wallboard.fitting import cut_middle, first_that_fits, width


@pytest.mark.parametrize(
    ("text", "room", "shown"),
    [
        ("log-digest", 9, "log-digest"),
        ("warehouse-reconcile", 8, "wareho…concile"),
        ("nightly-report-0001", 8, "nightly…ort-0001"),
        ("warehouse-reconcile", 0.1, "w…e"),  # never nothing
        ("mmmmmmmm", 4, "m…mm"),
        ("仓库对账报告每日任务", 6, "仓库…日任务"),
    ],
)
def test_a_name_that_is_too_long_loses_its_middle(text: str, room: float, shown: str) -> None:
    assert cut_middle(text, room) == shown


@given(st.text(min_size=3, max_size=60), st.floats(2.8, 40))
def test_what_is_shown_fits(text: str, room: float) -> None:
    assert width(cut_middle(text, room)) <= room


def test_words_are_the_longest_that_fit() -> None:
    texts = ("paused by error", "paused: error")
    assert [first_that_fits(texts, room) for room in (20, 7, 1)] == [
        "paused by error",
        *["paused: error"] * 2,
    ]
