"""Rows are written whole, however many there are, by few statements that differ."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import DayTotal
from dashboard.services.sync import upsert

KEYS = ("account", "day", "status")


def write(number: int) -> list[int]:
    """Count so many days once more; how many rows each statement has."""
    rows = {"account": ["a"] * number, "day": range(number), "status": [""] * number, "number": [1] * number}
    with CaptureQueriesContext(connection) as queries:
        upsert.upsert_columns(DayTotal, rows, KEYS, add=["number"])
    return [query["sql"].count("'a'") for query in queries]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("number", "statements"), [(0, []), (1, [1]), (13, [8, 4, 1]), (21, [8, 8, 4, 1]), (16, [8, 8])]
)
def test_rows_go_by_powers_of_two_as_every_statement_that_differs_is_kept(
    monkeypatch: pytest.MonkeyPatch, number: int, statements: list[int]
) -> None:
    monkeypatch.setattr(upsert, "PARAMETERS", 40)
    assert write(number) == write(number) == statements
    assert list(DayTotal.objects.order_by("day").values_list("day", "number")) == [
        (day, 2) for day in range(number)
    ]
