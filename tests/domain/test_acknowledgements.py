"""When an acknowledgement ends: at recovery, or when the cause becomes another one, and never else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.acknowledgements import NOTHING, cause, ending, ending_of_all, steps
from dashboard.domain.states import Health, NoteEnd


@pytest.mark.parametrize(
    ("health", "kind", "expected"),
    [
        (Health.FAILING, "f1", "f1"),
        (Health.FAILING, "", Health.FAILING),
        (Health.MISSED, "f1", Health.MISSED),
        (Health.PAUSED_BY_ERROR, "f1", Health.PAUSED_BY_ERROR),
        (Health.OK, "f1", NOTHING),
        (Health.PAUSED, "", NOTHING),
        (Health.UNREAD, "f1", None),
    ],
)
def test_what_a_deployment_needs_somebody_for(health: str, kind: str, expected: str | None) -> None:
    assert cause(health, kind) == expected


@pytest.mark.parametrize(
    ("now", "why"),
    [("x", ""), (None, ""), (NOTHING, NoteEnd.RECOVERED), ("y", NoteEnd.OTHER_CAUSE)],
)
def test_it_ends_by_what_is_true(now: str | None, why: str) -> None:
    assert ending("x", now) == why


@pytest.mark.parametrize(
    ("covers", "now", "kind", "ended", "begun"),
    [
        ({"a": "x"}, {"a": "x", "b": "x"}, "", {}, ""),
        ({"a": "x"}, {"a": "x", "b": "x", "c": "y"}, "x", {}, "b"),
        ({"a": "x", "b": "x"}, {"a": NOTHING}, "x", {"a": NoteEnd.RECOVERED}, ""),
        ({"a": "x"}, {"a": "y", "b": "x"}, "x", {"a": NoteEnd.OTHER_CAUSE}, "b"),
        ({}, {"a": NOTHING, "b": None}, "x", {}, ""),
    ],
)
def test_a_note_on_a_kind_takes_in_whatever_fails_so(
    covers: dict[str, str], now: dict[str, str | None], kind: str, ended: dict[str, str], begun: str
) -> None:
    made = steps(covers, now, kind)
    assert (made.ended, made.begun) == (ended, frozenset(begun))


def test_the_last_to_go_decide_why_a_note_is_over() -> None:
    assert ending_of_all({"a": NoteEnd.RECOVERED}) == NoteEnd.RECOVERED
    assert ending_of_all({"a": NoteEnd.RECOVERED, "b": NoteEnd.OTHER_CAUSE}) == NoteEnd.OTHER_CAUSE


@given(st.lists(st.sampled_from([NOTHING, "x", "y", None]), max_size=20))
def test_it_stands_for_as_long_as_the_cause_is_the_same(history: list[str | None]) -> None:
    covers = {"a": "x"}
    for word in history:
        for key in steps(covers, {"a": word}).ended:
            del covers[key]
    assert bool(covers) == all(word in ("x", None) for word in history)
