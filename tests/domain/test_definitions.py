"""What is part of a deployment's definition, and what differs between two readings of it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.definitions import definition, differences, words
from tests.factories import deployment_record

CONFIG = {"metadata": {"cas_config": {"config": {"timeout_ms": 600_000}, "stats": {"total_runs": 4}}}}


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, tuple[str, ...]]]:
    """What differs between two records that are alike but for these keys."""
    base = deployment_record(description="Nightly")
    differing = differences(definition(base | before), definition(base | after))
    return [(difference.word, difference.path, difference.lines) for difference in differing]


SCHEDULE = {"type": "cron", "expression": "0 9 * * *", "timezone": "UTC"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {}),
        ({}, {"updated_at": "2026-06-02T00:00:00Z"}),
        ({"schedule": SCHEDULE}, {"schedule": SCHEDULE | {"upcoming_runs_at": ["2026-06-17T09:00:00Z"]}}),
        ({"schedule": SCHEDULE}, {"schedule": SCHEDULE | {"last_run_at": "2026-06-17T09:00:00Z"}}),
        (CONFIG, {"metadata": {"cas_config": {"config": {"timeout_ms": 600_000}, "stats": {}}}}),
        ({"archived_at": None}, {"archived_at": None}),
        # What one generation of the API does not report at all.
        (CONFIG, {"metadata": {}}),
        (CONFIG, {"metadata": None}),
        ({}, {"environment_variables": "A=1"}),
    ],
)
def test_what_each_run_changes_and_what_is_not_reported_is_no_change(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert changed(before, after) == changed(after, before) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"name": "a"}, {"name": "b"}, [("name", "name", ("-a", "+b"))]),
        ({"description": "a"}, {"description": None}, [("description", "description", ("-a",))]),
        (
            {"schedule": SCHEDULE},
            {"schedule": SCHEDULE | {"expression": "0 * * * *", "timezone": "Asia/Tokyo"}},
            [
                ("schedule", "schedule.expression", ("-0 9 * * *", "+0 * * * *")),
                ("schedule", "schedule.timezone", ("-UTC", "+Asia/Tokyo")),
            ],
        ),
        (
            {"schedule": SCHEDULE},
            {"schedule": None},
            [
                ("schedule", "schedule.expression", ("-0 9 * * *",)),
                ("schedule", "schedule.timezone", ("-UTC",)),
                ("schedule", "schedule.type", ("-cron",)),
            ],
        ),
        (
            {"agent": {"id": "agent_a", "version": 1}},
            {"agent": {"id": "agent_a", "version": 2}},
            [("agent", "agent.version", ("-1", "+2"))],
        ),
        (
            CONFIG,
            {"metadata": {"cas_config": {"config": {"timeout_ms": 1, "max_retries": 2}}}},
            [
                ("retries", "metadata.cas_config.config.max_retries", ("+2",)),
                ("limit", "metadata.cas_config.config.timeout_ms", ("-600000", "+1")),
            ],
        ),
        (
            {"metadata": {"team": "a"}},
            {"metadata": {"team": "b"}},
            [("metadata", "metadata.team", ("-a", "+b"))],
        ),
        (
            {"paused_reason": None},
            {"paused_reason": {"type": "manual"}},
            [("status", "paused_reason.type", ("+manual",))],
        ),
        ({"vault_ids": []}, {"vault_ids": ["v"]}, [("vaults", "vault_ids", ("-[]", "+[", '+ "v"', "+]"))]),
        ({"some_new_key": 1}, {"some_new_key": 2}, [("some new key", "some_new_key", ("-1", "+2"))]),
        (
            {"environment_variables": "A=1;B=2"},
            {"environment_variables": "B=2\nC = 3"},
            [("variables", "environment_variables", ("-A", "+C"))],
        ),
        (
            {"environment_variables": "A=secret"},
            {"environment_variables": "A=other"},
            [("variables", "environment_variables", (" values, not shown here",))],
        ),
        (
            {"environment_variables": ["A=secret"]},
            {"environment_variables": ""},
            [("variables", "environment_variables", (" values, not shown here",))],
        ),
    ],
)
def test_what_differs_is_named_with_its_place_and_its_lines(
    before: dict[str, Any], after: dict[str, Any], expected: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    assert changed(before, after) == expected


def test_of_a_long_prompt_only_the_lines_that_differ_are_given() -> None:
    lines = [f"line {number}" for number in range(100)]
    [(_, _, given_lines)] = changed(
        {"initial_events": "\n".join(lines)}, {"initial_events": "\n".join([*lines[:50], "new", *lines[51:]])}
    )
    assert given_lines == ("-line 50", "+new")


@pytest.mark.parametrize(
    ("after", "lines"),
    [
        ([{"type": "user.message", "content": "Go\nand write"}], ("+and write",)),
        ([{"type": "user.message", "content": [{"type": "text", "text": "Go"}]}], ("-Go", "+[", "+ {")),
        ([{"type": "user.define_outcome"}], ("-Go", "+[", "+ {")),
    ],
)
def test_a_prompt_is_compared_as_the_text_that_is_sent(after: Any, lines: tuple[str, ...]) -> None:
    [(word, _, given_lines)] = changed({}, {"initial_events": after})
    assert (word, given_lines[: len(lines)]) == ("prompt", lines)


def test_a_difference_without_end_is_cut_and_says_so() -> None:
    before, after = ("\n".join(f"{word} {n}" for n in range(1_000)) for word in ("old", "new"))
    [(_, _, given_lines)] = changed({"initial_events": before}, {"initial_events": after})
    assert len(given_lines) == 61
    assert given_lines[-1] == " …"


def test_each_word_is_given_once() -> None:
    base = definition(deployment_record())
    other = definition(deployment_record(schedule=SCHEDULE | {"expression": "x", "timezone": "y"}, name="b"))
    assert words(differences(base, other)) == ["name", "schedule"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
records = st.dictionaries(
    st.sampled_from(
        ["name", "agent", "schedule", "metadata", "environment_variables", "initial_events", "x"]
    ),
    json_values,
)


@given(before=records, after=records)
def test_any_two_records_are_compared_and_a_record_with_itself_is_equal(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert differences(definition(before), definition(copy.deepcopy(before))) == ()
    forth, back = (
        differences(definition(one), definition(two)) for one, two in ((before, after), (after, before))
    )
    assert [difference.path for difference in forth] == [difference.path for difference in back]
