"""What the documents name exists, and the README names every room."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
TEXT = (ROOT / "docs" / "asvs.md").read_text("utf-8")
# The requirements of level 1 in ASVS 5.0.0: how many there are of each section.
LEVEL_1 = {
    "1.2": 5, "1.3": 2, "1.5": 1, "2.1": 1, "2.2": 2, "2.3": 1, "3.2": 2, "3.3": 1, "3.4": 2, "3.5": 3,
    "4.1": 1, "4.4": 1, "5.2": 2, "5.3": 2, "6.1": 1, "6.2": 8, "6.3": 2, "6.4": 2, "7.2": 4, "7.4": 2,
    "8.1": 1, "8.2": 2, "8.3": 1, "9.1": 3, "9.2": 1, "10.4": 5, "11.3": 2, "11.4": 1, "12.1": 1,
    "12.2": 2, "13.4": 1, "14.2": 1, "14.3": 1, "15.1": 1, "15.2": 1, "15.3": 1,
}  # fmt: skip


def numbers() -> list[str]:
    """The requirements that the table of level 1 answers, a range written out."""
    answered: list[str] = []
    level_1, *_ = TEXT.partition("## Level 2")
    for cell in re.findall(r"^\| ([\d., to]+) \|", level_1, re.MULTILINE):
        first, to, last = cell.partition(" to ")
        section = first.rpartition(".")[0]
        ends = [int(number.rpartition(".")[2]) for number in (first, last)] if to else []
        answered += [f"{section}.{n}" for n in range(ends[0], ends[1] + 1)] if to else cell.split(", ")
    return answered


def test_every_test_that_is_named_exists() -> None:
    named = [
        test
        for document in ("asvs.md", "faults.md")
        for test in re.findall(r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs" / document).read_text("utf-8"))
    ]
    assert len(named) > 80
    for file, name in named:
        assert f"def {name}(" in (ROOT / "tests" / file).read_text("utf-8"), f"{file}::{name}"


def test_every_requirement_of_the_first_level_is_answered_once() -> None:
    answered = numbers()
    assert len(answered) == len(set(answered)) == sum(LEVEL_1.values()) == 70
    for section, count in LEVEL_1.items():
        assert len([number for number in answered if number.rpartition(".")[0] == section]) == count, section


def test_the_table_of_rooms_names_every_folder() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    rooms = [folder for folder in (ROOT / "dashboard").iterdir() if folder.is_dir() and folder.name[0] != "_"]
    packages = [folder for folder in (ROOT / "dashboard" / "services").iterdir() if folder.is_dir()]
    for folder in [*rooms, *(package for package in packages if package.name[0] != "_")]:
        whole = f"`{folder.relative_to(ROOT)}/`"
        assert whole in readme or (folder in packages and f"`{folder.name}/`" in readme), whole


ROOMS = "dashboard|domain|models|filters|services|access|web|views|static|tests|sync|config"
PLACE = re.compile(rf"`((?:{ROOMS})/[\w./-]+?\.\w+)(?:::(\w+))?`")
DECISION = re.compile(r"# .+\n\n\*20\d\d-\d\d-\d\d\. Status: \w.*\.\*\n")


def test_every_file_and_function_that_is_named_exists() -> None:
    rooms = (ROOT, ROOT / "dashboard", ROOT / "dashboard" / "services")
    for document in DOCUMENTS:
        if document.name in ("CHANGELOG.md", "asvs.md", "faults.md"):
            continue
        for place, name in PLACE.findall(document.read_text("utf-8")):
            file = next((room / place for room in rooms if (room / place).exists()), None)
            assert file, f"{document.name}: {place}"
            assert not name or f"def {name}(" in file.read_text("utf-8"), f"{document.name}: {place}::{name}"


def test_every_decision_has_a_date_and_a_status() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(file.name[:4]) for file in decisions] == list(range(1, len(decisions) + 1))
    for file in decisions:
        assert re.match(r"# .+\n\n\*20\d\d-\d\d-\d\d\. Status: \w.*\.\*\n", file.read_text("utf-8")), (
            file.name
        )
