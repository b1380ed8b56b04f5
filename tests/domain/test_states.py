"""Words of the API as they are understood."""

from __future__ import annotations

import pytest

from dashboard.domain.states import CalendarState, Outcome, SlotOutcome, word_of


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("FAILED", "failed"),
        (" Completed\n", "completed"),
        ("failed", "failed"),
        ("Cancelled", "Cancelled"),
        (" timed_out ", "timed_out"),
        ("started", "started"),
        ("  ", ""),
        ("", ""),
    ],
)
def test_a_known_word_counts_in_any_case_and_another_one_is_kept(text: str, word: str) -> None:
    assert word_of(text, Outcome.REPORTED) == word


@pytest.mark.parametrize("word", [*SlotOutcome.MET, *CalendarState.WITHOUT_RUN])
def test_no_word_of_the_api_is_taken_for_what_became_of_a_slot(word: str) -> None:
    outcome = Outcome.of(word, has_error=False, session_id="sess_1")
    assert outcome == (word if word in Outcome.REPORTED else f"“{word}”")
