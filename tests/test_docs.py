"""What the documents say is there is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "asvs.md").read_text("utf-8")
# The requirements of level 1 in ASVS 5.0.0: how many there are of each section.
LEVEL_1 = {
    "1.2": 5, "1.3": 2, "1.5": 1, "2.1": 1, "2.2": 2, "2.3": 1, "3.2": 2, "3.3": 1, "3.4": 2, "3.5": 3,
    "4.1": 1, "4.4": 1, "5.2": 2, "5.3": 2, "6.1": 1, "6.2": 8, "6.3": 2, "6.4": 2, "7.2": 4, "7.4": 2,
    "8.1": 1, "8.2": 2, "8.3": 1, "9.1": 3, "9.2": 1, "10.4": 5, "11.3": 2, "11.4": 1, "12.1": 1,
    "12.2": 2, "13.4": 1, "14.2": 1, "14.3": 1, "15.1": 1, "15.2": 1, "15.3": 1,
}  # fmt: skip


def numbers() -> list[str]:
    """The requirements that the table answers, a range written out."""
    found: list[str] = []
    for cell in re.findall(r"^\| ([\d., to]+) \|", TEXT, re.MULTILINE):
        first, to, last = cell.partition(" to ")
        section = first.rpartition(".")[0]
        ends = [int(number.rpartition(".")[2]) for number in (first, last)] if to else []
        found += [f"{section}.{n}" for n in range(ends[0], ends[1] + 1)] if to else cell.split(", ")
    return found


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", TEXT)
    assert len(named) > 40
    for file, name in named:
        assert f"def {name}(" in (ROOT / "tests" / file).read_text("utf-8"), f"{file}::{name}"


def test_every_requirement_of_the_first_level_is_answered_once() -> None:
    found = numbers()
    assert len(found) == len(set(found)) == sum(LEVEL_1.values()) == 70
    for section, count in LEVEL_1.items():
        assert len([number for number in found if number.rpartition(".")[0] == section]) == count, section
