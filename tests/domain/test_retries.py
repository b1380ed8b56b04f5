"""Which runs are tries of the same execution: a table of cases, and what holds for all of them."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.retries import REPEATED_WITHIN, Execution, Try, executions, first_try, rescued
from tests.factories import NOW

MINUTE = timedelta(minutes=1)


def run(name: str, minutes: float, status: str, trigger: str = "schedule", attempt: int | None = None) -> Try:
    return Try(name, NOW + minutes * MINUTE, status, trigger, attempt)


def folded(*tries: Try) -> list[str]:
    return ["".join(item.run_id for item in execution.tries) for execution in executions(tries)]


DAY = 24 * 60
CASES: dict[str, tuple[tuple[Try, ...], list[str]]] = {
    "nothing": ((), []),
    "firings of a schedule are executions of their own": (
        (run("a", 0, "failed", attempt=1), run("b", 60, "completed", attempt=1), run("c", 120, "failed")),
        ["a", "b", "c"],
    ),
    "a retry follows the failure before it": (
        (run("a", 0, "failed", attempt=1), run("b", 1, "completed", "retry", 2)),
        ["ab"],
    ),
    "so does a retry of that": (
        (
            run("a", 0, "failed", attempt=1),
            run("b", 1, "failed", "retry", 2),
            run("c", 2, "running", "retry", 3),
        ),
        ["abc"],
    ),
    "a retry without a number follows the latest failure": (
        (run("a", 0, "failed"), run("b", 1, "failed", "retry"), run("c", 2, "completed", "retry")),
        ["abc"],
    ),
    "a number counts on from a retry without one": (
        (run("a", 0, "failed"), run("b", 1, "failed", "retry"), run("c", 2, "completed", "retry", 3)),
        ["abc"],
    ),
    "what succeeded is not repeated": (
        (run("a", 0, "completed", attempt=1), run("b", 1, "completed", "retry", 2)),
        ["a", "b"],
    ),
    "what was skipped is not repeated": (
        (run("a", 0, "skipped", attempt=1), run("b", 1, "completed", "retry", 2)),
        ["a", "b"],
    ),
    "a failure is repeated once": (
        (run("a", 0, "failed"), run("b", 1, "completed", "retry", 2), run("c", 2, "completed", "retry", 2)),
        ["ab", "c"],
    ),
    "a failure is repeated once, by number or without": (
        (run("a", 0, "failed"), run("b", 1, "completed", "retry"), run("c", 2, "completed", "retry", 2)),
        ["ab", "c"],
    ),
    "a retry whose failure is not known begins its own": ((run("a", 0, "failed", "retry", 2),), ["a"]),
    "the number decides between two executions at once": (
        (
            run("a", 0, "failed", attempt=1),
            run("b", 1, "failed", "retry", 2),
            run("x", 2, "failed", attempt=1),
            run("c", 3, "completed", "retry", 3),
            run("y", 4, "completed", "retry", 2),
        ),
        ["abc", "xy"],
    ),
    "without numbers the latest failure comes first": (
        (
            run("a", 0, "failed"),
            run("x", 1, "failed"),
            run("y", 2, "completed", "retry"),
            run("b", 3, "completed", "retry"),
        ),
        ["ab", "xy"],
    ),
    "who started it by hand tries again by hand": (
        (run("a", 0, "failed", "manual", 1), run("b", 1, "completed", "manual", 2)),
        ["ab"],
    ),
    "a firing with a number follows no run by hand": (
        (run("a", 0, "failed", "manual", 1), run("b", 1, "completed", "schedule", 2)),
        ["a", "b"],
    ),
    "a number that was raised on the run itself makes no other run": (
        (run("a", 0, "completed", attempt=3), run("b", 60, "completed", attempt=1)),
        ["a", "b"],
    ),
    "a number that leaves one out follows nothing": (
        (run("a", 0, "failed", attempt=1), run("b", 1, "completed", "retry", 3)),
        ["a", "b"],
    ),
    "a retry repeats a failure of the last day": (
        (run("a", 0, "failed"), run("b", DAY, "completed", "retry", 2)),
        ["ab"],
    ),
    "an older failure is not what it repeats": (
        (run("a", 0, "failed"), run("b", DAY + 1, "completed", "retry", 2)),
        ["a", "b"],
    ),
    "of one instant the id decides": (
        (run("b", 0, "completed", "retry", 2), run("a", 0, "failed", attempt=1)),
        ["ab"],
    ),
    "a word nobody has heard of is no failure": (
        (run("a", 0, "cancelled", attempt=1), run("b", 1, "completed", "retry", 2)),
        ["a", "b"],
    ),
    "a number below one is a first try": (
        (run("a", 0, "failed", attempt=0), run("b", 1, "failed", attempt=-2), run("c", 2, "failed", "retry")),
        ["a", "bc"],
    ),
}


@pytest.mark.parametrize("text", CASES)
def test_runs_are_folded(text: str) -> None:
    given, expected = CASES[text]
    assert folded(*given) == expected


@pytest.mark.parametrize(
    ("tries", "expected"),
    [
        ((), (0, 0)),
        ((run("a", 0, "completed"),), (1, 1)),
        ((run("a", 0, "completed", attempt=1), run("b", 1, "failed")), (1, 2)),
        ((run("a", 0, "failed"), run("b", 1, "completed", "retry")), (0, 1)),
        ((run("a", 0, "completed", attempt=2),), (0, 1)),  # raised on the run itself
        ((run("a", 0, "completed", "retry"),), (0, 1)),  # its first try is not known, but was not good
        *(((run("a", 0, word),), (0, 0)) for word in ("skipped", "pending", "running", "started", "odd")),
        ((run("a", 0, "failed"), run("b", 1, "running", "retry")), (0, 0)),  # not over yet
        ((run("a", 0, "completed"), run("b", 1, "skipped"), run("c", 2, "started")), (1, 1)),
    ],
)
def test_what_was_completed_at_the_first_try_is_counted(
    tries: tuple[Try, ...], expected: tuple[int, int]
) -> None:
    assert first_try(executions(tries)) == expected


def test_an_execution_says_what_became_of_it_at_first_and_at_last() -> None:
    [result] = executions([run("a", 0, "failed"), run("b", 1, "completed", "retry")])
    assert (result.first_status, result.final_status) == ("failed", "completed")


words = st.sampled_from(["failed", "failed", "completed", "running", "skipped", "pending", "started", "odd"])
numbers = st.none() | st.integers(-1, 4)
some = st.lists(
    st.builds(
        run,
        st.text("abcdef", min_size=1, max_size=3),
        st.integers(0, 3 * DAY) | st.integers(0, 20),
        words,
        st.sampled_from(["schedule", "manual", "retry"]),
        numbers,
    ),
    max_size=40,
    unique_by=lambda build: build.run_id,
)


def in_order(tries: Sequence[Try]) -> bool:
    return list(tries) == sorted(tries, key=lambda item: (item.at, item.run_id))


@given(some)
def test_every_run_is_in_one_execution_and_in_order(tries: list[Try]) -> None:
    result = executions(tries)
    everything = [item for execution in result for item in execution.tries]
    assert sorted(row.run_id for row in everything) == sorted(item.run_id for item in tries)
    assert all(in_order(execution.tries) for execution in result)
    assert in_order([execution.tries[0] for execution in result])


@given(some)
def test_only_a_failure_is_repeated_and_only_by_a_repetition(tries: list[Try]) -> None:
    for execution in executions(tries):
        for before, after in zip(execution.tries, execution.tries[1:], strict=False):
            assert before.status == "failed"
            assert after.repeats
            assert after.at - before.at <= REPEATED_WITHIN
            if before.number and after.number and after.number > 1:
                assert after.number == before.number + 1


@given(some, st.randoms(use_true_random=False))
def test_the_order_in_which_runs_are_given_does_not_matter(tries: list[Try], dice: object) -> None:
    shuffled = list(tries)
    dice.shuffle(shuffled)  # type: ignore[attr-defined] # a random.Random
    assert executions(shuffled) == executions(tries)


@given(some)
def test_the_first_tries_are_no_more_than_what_came_to_an_end(tries: list[Try]) -> None:
    good, ended = first_try(executions(tries))
    assert 0 <= good <= ended <= len(tries)


def test_an_execution_is_equal_to_one_of_the_same_tries() -> None:
    assert Execution((run("a", 0, "failed"),)) == Execution((run("a", 0, "failed"),))


@pytest.mark.parametrize("numbered", [True, False])
def test_twenty_times_as_many_runs_are_twenty_times_the_work(numbered: bool) -> None:
    """Every failure answers to several questions; none is looked at over and over."""

    def calls(many: int) -> int:
        tries = [
            run(
                f"{n:06}",
                n / 1000,
                "failed",
                "schedule" if n % 2 else "retry",
                n % 7 + 1 if numbered else None,
            )
            for n in range(many)
        ]
        counted = itertools.count()
        sys.setprofile(lambda *_: next(counted))
        try:
            executions(tries)
        finally:
            sys.setprofile(None)
        return next(counted)

    assert calls(20_000) < 25 * calls(1_000)


def test_what_a_retry_completed_is_rescued_and_a_retry_alone_as_well() -> None:
    tries = (
        *(run("a", 0, "failed", attempt=1), run("b", 1, "completed", "retry", 2)),
        *(run("c", 10, "completed", attempt=1), run("d", 20, "failed", attempt=1)),
        run("e", 2 * DAY, "completed", "retry", 2),
    )
    assert rescued(executions(tries)) == 2
