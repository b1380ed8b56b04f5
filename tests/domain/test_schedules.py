"""Cron expressions in words."""

from __future__ import annotations

import locale
import runpy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import schedules


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 9 * * *", "At 09:00"),
        ("30 17 * * *", "At 17:30"),
        ("*/5 * * * *", "Every 5 minutes"),
        ("0 9 * * 1-5", "At 09:00, Monday through Friday"),
        ("0 0 * * 0", "At 00:00, only on Sunday"),
        ("0 0 * * 7", "At 00:00, only on Sunday"),
        ("0 9 1 * *", "At 09:00, on day 1 of the month"),
        ("  0 9  * * *  ", "At 09:00"),
    ],
)
def test_an_expression_is_said_in_words(expression: str, expected: str) -> None:
    assert schedules.words(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        *("", "@daily", "0 9 * *", "0 0 9 * * *", "0 0 9 * * * 2026", "a b c d e", "* * * * 8"),
        *("- - - - -", ", , , , ,", "/ / / / /", "# # # # #", "99 99 99 99 99"),
    ],
)
def test_what_cannot_be_read_is_said_with_nothing(expression: str) -> None:
    assert schedules.words(expression) == ""


@pytest.mark.parametrize("expression", ["60 * * * *", "*/0 * * * *", "* * * * */", "<b> * * * *"])
def test_what_can_never_fire_is_said_with_nothing(expression: str) -> None:
    assert schedules.words(expression) == ""


@given(
    st.text(max_size=40) | st.lists(st.text("0123456789*/,-LW#?MON ", max_size=6), min_size=5).map(" ".join)
)
def test_any_text_is_said_or_left_out(expression: str) -> None:
    assert isinstance(schedules.words(expression), str)


def test_the_words_are_english_wherever_the_server_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale, "getlocale", lambda *_: ("de_DE", "UTF-8"))
    anew = runpy.run_path(str(schedules.__file__))
    assert anew["words"]("0 9 * * *") == "At 09:00"
