"""Kept markup: written once of what it shows, and its ages are those of the page it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from dashboard.domain.reader_settings import ReaderSettings
from dashboard.web import reader
from dashboard.web.kept_markup import LATER, aged, kept
from dashboard.web.templates import written

AT = datetime(2026, 6, 16, 9, 22, 3, 123456, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """What a row shows."""

    name: str
    at: datetime = AT


class Macro:
    """A macro that counts how often it writes."""

    def __init__(self) -> None:
        self.written = 0

    def __call__(self, row: Row) -> str:
        self.written += 1
        return written(f"<li><time{aged(row.at, LATER)}</time>")


@pytest.mark.parametrize(
    ("passed", "end"),
    [
        (timedelta(minutes=41), ' data-ago="2460">41 min ago'),
        (timedelta(), ' data-ago="0">now'),
        (-timedelta(hours=2), ">in 2 h"),
    ],
)
def test_an_age_is_as_of_the_page_whether_it_is_kept_or_not(passed: timedelta, end: str) -> None:
    now = AT + passed
    assert aged(AT, now) == end
    assert kept(now, Macro(), Row("one")) == f"<li><time{end}</time>"


def test_the_same_is_written_once_and_another_row_anew() -> None:
    macro = Macro()
    for row in (Row("one"), Row("one"), Row("two"), Row("one")):
        kept(AT, macro, row)
    assert macro.written == 2


def test_another_zone_or_another_reader_gets_markup_of_its_own() -> None:
    macro = Macro()
    kept(AT, macro, Row("one"))
    with timezone.override("Asia/Tokyo"):
        kept(AT, macro, Row("one"))
    reader.use(ReaderSettings(times="clock"))
    kept(AT, macro, Row("one"))
    reader.use(ReaderSettings())
    assert macro.written == 3
