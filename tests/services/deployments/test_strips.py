"""The bars of a strip: how each outcome is drawn, and what all of them come to."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.services.deployments.strips import StripBar, describe, strip

WORDS = st.sampled_from(
    ("completed", "late", "failed", "missed", "skipped", "running", "pending", "started", "not seen", "held")
)
BARS = st.lists(st.builds(StripBar, word=WORDS, fault=st.booleans()), max_size=70)


def drawn(word: str) -> list[str]:
    """The classes of the paths of one bar."""
    [bar] = strip([StripBar(word)], 1).bars
    return [name for name, _ in bar.paths]


@pytest.mark.parametrize(
    ("word", "classes"),
    [
        ("completed", ["ok"]),
        ("late", ["ok", "cap"]),
        ("failed", ["failed"]),
        ("skipped", ["skipped"]),
        ("running", ["running"]),
        ("pending", ["pending"]),
        ("missed", ["missed"]),
        ("started", ["started"]),
        ("not seen", ["unknown"]),
        ("a word nobody has heard of", ["unknown"]),
    ],
)
def test_each_outcome_has_its_own_form(word: str, classes: list[str]) -> None:
    assert drawn(word) == classes


def heights(*words: str) -> list[int]:
    bars = strip([StripBar(word) for word in words], len(words)).bars
    return [int(row.paths[0][1].split("v")[1].split("h")[0]) for row in bars][::-1]


def test_height_carries_the_outcome_without_colour() -> None:
    failed, completed, skipped = heights("failed", "completed", "skipped")
    assert failed > completed > skipped > 0


def test_a_missed_slot_is_a_gap_that_is_drawn() -> None:
    [bar] = strip([StripBar("missed")], 1).bars
    [(name, path)] = bar.paths
    assert name == "missed"
    assert re.fullmatch(r"M[\d.]+ 1V\d+", path)  # a line, no box: the look draws it dotted


def test_places_without_a_run_are_hollow_and_stand_left() -> None:
    bars = strip([StripBar("completed"), StripBar("failed")], 5)
    paths = dict(bars.paths)
    assert paths["none"].count("M") == 3
    assert [bar.x for bar in bars.bars] == [21, 28]
    assert [bar.bar.word for bar in bars.bars] == ["failed", "completed"]  # newest right


def test_a_full_strip_has_no_hollow_place_and_an_empty_one_only_these() -> None:
    assert "none" not in dict(strip([StripBar("completed")] * 9, 5).paths)
    empty = strip([], 5)
    assert [name for name, _ in empty.paths] == ["none"]
    assert (empty.text, empty.bars) == ("no runs yet", ())


def test_only_the_newest_are_shown_and_reported() -> None:
    bars = strip([StripBar("completed"), StripBar("completed"), StripBar("failed")], 2)
    assert bars.text == "last 2: 2 completed"


def test_a_change_of_the_version_is_a_line_before_its_run() -> None:
    bars = strip([StripBar("completed", fault=True), StripBar("completed")], 2)
    assert dict(bars.paths)["fault"] == f"M{bars.bars[-1].x - 1} 0V{bars.height}"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "no runs yet"),
        (["failed"], "last 1: 1 failed"),
        (
            ["held", "failed", "missed", "completed", "late", "completed"],
            "last 6: 2 completed, 1 late, 1 failed, 1 missed, 1 held",
        ),
        (["zz", "aa", "not seen"], "last 3: 1 not seen, 1 aa, 1 zz"),
    ],
)
def test_one_sentence_says_the_strip(words: list[str], sentence: str) -> None:
    assert describe([StripBar(word) for word in words]) == sentence


@given(BARS, st.integers(1, 60), st.sampled_from([(7, 20), (14, 34)]))
def test_a_strip_has_so_many_places_and_never_more(
    bars: list[StripBar], places: int, size: tuple[int, int]
) -> None:
    step, height = size
    result = strip(bars, places, step=step, height=height)
    hollow = dict(result.paths).get("none", "").count("M")
    assert len(result.bars) + hollow == places
    assert len(result.bars) == min(len(bars), places)
    assert result.width == places * step - 2
    assert all(0 <= bar.x <= result.width for bar in result.bars)
    assert [bar.bar for bar in result.bars] == bars[:places][::-1]


@given(BARS, st.integers(1, 60))
def test_what_is_shown_adds_up_and_every_bar_is_drawn(bars: list[StripBar], places: int) -> None:
    result = strip(bars, places)
    numbers = [int(number) for number in re.findall(r"\d+", result.text)]
    assert not result.bars or numbers[0] == sum(numbers[1:]) == len(result.bars)
    merged = sum(path.count("M") for name, path in result.paths if name not in ("none", "fault"))
    assert merged == sum(len(bar.paths) for bar in result.bars)
    assert dict(result.paths).get("fault", "").count("M") == sum(bar.bar.fault for bar in result.bars)
