"""Figures: what a page shows, or has to show, by page, subject and name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from tests.markup import Element

ANYTHING = object()  # expected where several things are true
Figures = dict[tuple[str, str, str], object]  # a page, what the figure is of, its name


def named(page: str, subject: str, values: Mapping[str, object]) -> Figures:
    """Several figures of one subject."""
    return {(page, subject, name): value for name, value in values.items()}


def differences(expected: Figures, shown: Figures) -> Iterator[str]:
    """What differs, a line each: page, subject, figure, what has to be there, what is."""
    for key in sorted({*expected, *shown}):
        wanted, there = expected.get(key, "nothing"), shown.get(key, "nothing")
        if wanted not in (ANYTHING, there):
            yield f"{key[0]} | {key[1]} | {key[2]}: expected {wanted!r}, shown {there!r}"


def utc(at: datetime | None) -> str:
    """An instant as pages carry it; empty where there is none."""
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""


def instant_in(element: Element) -> str:
    """The first instant that is shown in an element; empty where there is none."""
    times = element.all("time")
    return utc(datetime.fromisoformat(times[0].attrs["datetime"])) if times else ""


def part(row: Element, name: str) -> Element:
    """The cell of a row that has this class."""
    [cell] = [cell for cell in row.all("td") if name in cell.attrs.get("class", "").split()]
    return cell


def row_key(row: Element) -> str:
    """The API's id of what a row is about: in its own after the kind, and before the account, if any."""
    return row.attrs["id"].partition("-")[2].partition("@")[0]


def tidy(text: str) -> str:
    """A text as a reader of the page sees it, with single spaces."""
    return " ".join(text.split())
