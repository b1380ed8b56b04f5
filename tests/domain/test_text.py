"""What is made of texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.text import clean, first_line, one_line, shortened, telling_line

TRACEBACK = "Traceback (most recent call last):"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (" \n ", ""),
        ("one", "one"),
        ("\n one\ntwo", "one"),
        ("one\u2028two", "one"),
        ("one \ntwo", "one "),
    ],
)
def test_the_first_line_is_the_first_that_is_not_blank(text: str, line: str) -> None:
    assert first_line(text) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("\nout of quota\nTry later", "out of quota"),
        (f"{TRACEBACK}\n  File x\n    pass\nKeyError: 3\nmore of it", "KeyError: 3"),
        (f"{TRACEBACK}\n  File x\n    cut in the mid", TRACEBACK),
        (f"{TRACEBACK}\n  File x\n\nKeyError: 3", "KeyError: 3"),
    ],
)
def test_the_telling_line_of_a_traceback_is_its_exception(text: str, line: str) -> None:
    assert telling_line(text) == line


@pytest.mark.parametrize(
    ("text", "short"), [("", ""), ("four", "four"), ("fives", "fiv…"), ("名前の一つ", "名前の…")]
)
def test_a_long_text_is_cut_and_ends_with_an_ellipsis(text: str, short: str) -> None:
    assert shortened(text, 4) == short


@given(st.text(st.characters(codec=None)))
def test_a_clean_text_can_be_stored_and_is_clean(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.encode().decode() == cleaned
    assert "\x00" not in cleaned
    assert clean(cleaned) == cleaned
    assert len(cleaned) == len(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("a\nb\x1b[31m", "a\\nb\\x1b[31m"),
        ("\u202e", "\\u202e"),
        ("ü" * 301, "ü" * 299 + "…"),
    ],
)
def test_a_text_for_a_log_is_one_short_line(text: str, line: str) -> None:
    assert one_line(text) == line
