"""The scheduler itself is silent: the table is the rule, and a plain count is what any history is held to."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.scheduler import Promised, Scheduled, SchedulerSilence, silences
from dashboard.domain.states import SlotOutcome
from dashboard.domain.stretches import Span
from tests.factories import NOW

MISSED, MET, UNSEEN = SlotOutcome.MISSED, SlotOutcome.ON_TIME, SlotOutcome.UNOBSERVED
ALWAYS = [Span(NOW - timedelta(days=2), NOW)]
# Four of environment e, of which two have agent a; two that are elsewhere, one of them paused.
FLEET = {
    **{key: Scheduled("e", "a") for key in "12"},
    **{key: Scheduled("e", "b") for key in "34"},
    "5": Scheduled("f", "a"),
    "6": Scheduled("f", "a", fires=False),
}


def at(minutes: int) -> Any:
    return NOW - timedelta(hours=2) + timedelta(minutes=minutes)


def promises(text: str) -> list[Promised]:
    """`1:5` is a promise of deployment 1 at minute 5 that came to nothing.

    `1:5+` came at once, `1:5+30` half an hour late; nobody watched `1:5?`, and `1:5-` was withdrawn.
    """
    made = []
    for word in text.split():
        key, _, rest = word.partition(":")
        minute = int("".join(c for c in rest.split("+")[0] if c.isdigit()))
        outcome = MET if "+" in rest else UNSEEN if "?" in rest else MISSED
        outcome = SlotOutcome.WITHDRAWN if "-" in rest else outcome
        came = at(minute + int(rest.partition("+")[2] or 0)) if "+" in rest else None
        made.append(Promised(key, at(minute), outcome, came))
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("1:0 2:0", ""),  # two are too few
        ("1:0 1:5 1:9 2:0", ""),  # however often
        ("1:0 2:1 5:2", "account since 0: 3 of 3"),
        ("1:0 2:1 5:2 1:10 1:20", "account since 0: 5 of 3"),  # each promise of a frequent one
        ("1:0+ 1:5 2:5 3:5", "account since 5: 3 of 3"),  # one that came before ends nothing
        ("1:0 2:0 3:0 5:1+", "environment e since 0: 3 of 3"),  # one that came elsewhere
        ("1:0 2:0 3:0 4:1+", ""),  # one that came among them
        ("1:0 2:0 3:0 4:0+", ""),  # at the same instant
        ("1:0+30 1:10 2:10 3:10", ""),  # late, but after these
        ("1:0+30 1:40 2:40 3:40", "account since 40: 3 of 3"),
        ("1:0 2:0 3:0 5:1?", "environment e since 0: 3 of 3"),  # nobody knows of one elsewhere
        ("1:0 2:0 3:0 4:1?", ""),  # nobody knows of one among them
        ("1:0 2:0 6:0", ""),  # one that is paused promises nothing
        ("1:0 2:0 3:0 6:1+", "environment e since 0: 3 of 3"),  # but what came of it shows a scheduler
        ("1:0 2:0 5:0-", ""),  # one that was withdrawn does not count
        ("1:0 2:0 3:0 4:0-", "account since 0: 3 of 3"),
        ("1:0 2:0 5:0 3:1+", "agent a since 0: 3 of 3"),
        ("1:0 2:0 5:0 3:0 4:3+ 1:5 2:5 5:5", "account since 5: 3 of 3"),  # the larger one alone is named
        ("1:0 2:0 9:0", ""),  # of a deployment that has not been read nothing is known
    ],
)
def test_three_promises_and_none_that_came_are_a_silence(text: str, expected: str) -> None:
    silent = silences(FLEET, promises(text), ALWAYS)
    words = [
        f"{one.kind} {one.value}".strip() + f" since {(one.since - at(0)) // timedelta(minutes=1)}:"
        f" {one.promised} of {one.deployments}"
        for one in silent
    ]
    assert "; ".join(words) == expected


@pytest.mark.parametrize(
    ("spans", "since"),
    [
        ([(-60, 120)], 0),
        ([(-60, 5), (6, 120)], 10),  # what is left after the break is three
        ([(-60, 5), (6, 8), (12, 120)], None),
        ([(-60, 60)], 0),  # a break after the last of them changes nothing
        ([], None),
    ],
)
def test_a_silence_lies_in_one_span_of_reading(spans: list[tuple[int, int]], since: int | None) -> None:
    text = "1:0 2:0 3:0 1:10 2:10 5:11"
    silent = silences(FLEET, promises(text), [Span(at(first), at(last)) for first, last in spans])
    assert [one.since for one in silent] == ([] if since is None else [at(since)])


def test_two_groups_of_which_neither_is_part_of_the_other_are_both_named() -> None:
    fleet = FLEET | {"7": Scheduled("f", "c"), "8": Scheduled("g", "c"), "9": Scheduled("h", "d")}
    silent = silences(fleet, promises("1:0 2:0 3:0 5:0 7:0 8:0 9:1+"), ALWAYS)
    assert [(one.kind, one.value, one.deployments) for one in silent] == [
        ("environment", "e", 3),
        ("agent", "a", 3),
    ]


MINUTES = st.integers(0, 100)
OUTCOMES = st.sampled_from([*SlotOutcome.MET, *SlotOutcome.UNMET, SlotOutcome.MISSED, SlotOutcome.WITHDRAWN])


@given(
    st.lists(st.tuples(st.sampled_from([*FLEET]), MINUTES, OUTCOMES, st.integers(0, 20)), max_size=40),
    st.lists(MINUTES, max_size=3, unique=True),
)
def test_what_is_counted_is_what_a_plain_count_gives(history: list[Any], breaks: list[int]) -> None:
    rows = [
        Promised(key, at(minute), outcome, at(minute + late) if outcome in SlotOutcome.MET else None)
        for key, minute, outcome, late in history
    ]
    edges = [-1, *sorted(breaks), 101]
    spans = [Span(at(first) + timedelta(seconds=1), at(last)) for first, last in pairwise(edges)]
    for one in silences(FLEET, rows, spans):
        own = [row for row in rows if _belongs(FLEET[row.deployment_id], one)]
        since = [row for row in own if row.at >= one.since]
        lost = [row for row in since if row.outcome == MISSED and FLEET[row.deployment_id].fires]
        assert (one.promised, one.deployments) == (len(lost), len({row.deployment_id for row in lost}))
        assert one.deployments >= 3
        assert not [row for row in since if row.outcome in (*SlotOutcome.MET, UNSEEN)]
        assert not [row for row in own if row.came_at and row.came_at >= one.since]
        last = max(row.at for row in lost)
        assert any(span.since <= one.since and last <= span.until for span in spans)


def _belongs(row: Scheduled, one: SchedulerSilence) -> bool:
    return {"account": "", "environment": row.environment_id, "agent": row.agent_id}[one.kind] == one.value
