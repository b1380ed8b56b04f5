"""A record nested deeper than can be kept is left out of its list; the other ones stay as they are."""

from __future__ import annotations

import json

import pytest

from dashboard.domain.nesting import DEEPEST, too_deep, without_deep_records


def nested(levels: int, inside: str = "1") -> str:
    """A record of so many levels."""
    return '{"a":' + "[" * (levels - 1) + inside + "]" * (levels - 1) + "}"


@pytest.mark.parametrize(
    ("record", "deep"),
    [
        ('{"a":1}', False),
        (nested(DEEPEST), False),
        (nested(DEEPEST + 1), True),
        (nested(100_000), True),
        (nested(3, ",".join(["[]"] * 300)), False),
        (nested(3, json.dumps("[" * 300)), False),
        (nested(3, json.dumps('"\\' + "[{" * 300)), False),
    ],
)
def test_a_record_is_too_deep_by_its_levels_and_by_nothing_else(record: str, deep: bool) -> None:
    assert too_deep(record) is deep


@pytest.mark.parametrize(
    ("records", "left"),
    [
        ([nested(10_000)], ["null"]),
        ([nested(5), nested(10_000), nested(6)], [nested(5), "null", nested(6)]),
        ([nested(DEEPEST + 1), nested(2000, '"]]}"'), nested(DEEPEST)], ["null", "null", nested(DEEPEST)]),
        (['"text"', "[" * 2000 + "]" * 2000, "7", "{}"], ['"text"', "null", "7", "{}"]),
    ],
)
def test_only_records_that_are_too_deep_are_left_out_of_an_answer(
    records: list[str], left: list[str]
) -> None:
    answer = '{{"x": "\\"[", "data":[{}], "has_more":true}}'
    assert without_deep_records(answer.format(", ".join(records))) == answer.format(", ".join(left))


def test_an_answer_of_more_brackets_than_there_is_time_for_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = '{"data":[' + ",".join([nested(200)] * 20) + "]}"
    assert without_deep_records(answer).count("null") == 20
    monkeypatch.setattr("dashboard.domain.nesting._MOST_TOKENS", 60)
    assert 0 < without_deep_records(answer).count("null") < 20


@pytest.mark.parametrize("answer", ["", "[" * 100_000, '"\\"\\', "]]]}}}", '"' + '\\"' * 100_000])
def test_what_is_no_json_stays_none(answer: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        json.loads(without_deep_records(answer))
