"""A cycle at once, once for any number of askers, and what came of it in words."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from dashboard.models import Feed
from dashboard.services.status.database import DatabaseBusy
from dashboard.services.status.refresh_request import RefreshAnswer, RefreshRequest, answer, ask
from tests.factories import NOW
from tests.feeds import failing, live
from tests.locks import locked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
SECOND = timedelta(seconds=1)
PENDING = RefreshAnswer("Asked, reading", settled=False)


def read(runs: int, at: datetime = NOW + SECOND, **changes: object) -> None:
    """A cycle began after the question, and ended."""
    Feed.objects.update(**{"asked_at": None, "attempted_at": at, "runs_read": runs} | changes)


def test_the_second_asker_waits_for_the_same_cycle() -> None:
    live()
    ask(NOW)
    ask(NOW + SECOND)
    assert Feed.objects.get().asked_at == NOW


@pytest.mark.parametrize(
    ("runs", "text"),
    [(5, "no new run"), (6, "1 new run"), (1_005, "1,000 new runs"), (4, "no new run")],
)
def test_what_was_read_is_shown_as_a_count(runs: int, text: str) -> None:
    live(runs_read=5)
    asked = ask(NOW)
    assert answer(asked, NOW) == PENDING
    read(runs)
    assert answer(asked, NOW + 2 * SECOND) == RefreshAnswer(f"Read just now: {text}", settled=True)


def test_what_is_read_the_moment_the_question_is_seen_counts_as_new() -> None:
    live(runs_read=5)

    def answered_at_once(execute: Callable[..., object], sql: str, *rest: object) -> object:
        done = execute(sql, *rest)
        if sql.startswith("UPDATE") and not Feed.objects.filter(runs_read=8).exists():
            read(8)
        return done

    with connection.execute_wrapper(answered_at_once):
        asked = ask(NOW)
    assert answer(asked, NOW + 2 * SECOND) == RefreshAnswer("Read just now: 3 new runs", settled=True)


def test_a_cycle_that_was_under_way_does_not_answer() -> None:
    live()
    asked = ask(NOW)
    Feed.objects.update(attempted_at=NOW + SECOND)  # it had begun before
    assert answer(asked, NOW + 2 * SECOND) == PENDING


def test_one_that_nobody_answers_is_shown_to_be_so() -> None:
    live()
    asked = ask(NOW)
    assert answer(asked, NOW + 9 * SECOND) == PENDING
    text = "Asked; not answered within 10 s, the page follows when it is"
    assert answer(asked, NOW + 10 * SECOND) == RefreshAnswer(text, settled=True)


def test_trouble_is_shown_as_on_the_page() -> None:
    failing(error_status=503)
    asked = ask(NOW)
    read(0)
    assert answer(asked, NOW + SECOND) == RefreshAnswer("Not read: the API answers 503", settled=True)


def test_a_wait_ends_when_somebody_asks_and_the_next_one_is_shown() -> None:
    failing(error_family="Throttled", retry_at=NOW + 20 * SECOND)
    asked = ask(NOW)
    assert answer(asked, NOW) == PENDING
    read(0, retry_at=NOW + 31 * SECOND)
    text = "Not read: the API limits how often it may be asked, next try in 30 s"
    assert answer(asked, NOW + SECOND) == RefreshAnswer(text, settled=True)


@pytest.mark.django_db(transaction=True)
def test_a_question_waits_for_no_lock_that_another_process_holds() -> None:
    live()
    with locked():
        started = time.monotonic()
        with pytest.raises(DatabaseBusy):
            ask(NOW)
        assert time.monotonic() - started < 5
    ask(NOW)
    assert Feed.objects.get().asked_at == NOW


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_while_one_is_awaited_writes_nothing() -> None:
    live(asked_at=NOW)
    with locked():
        assert answer(ask(NOW + SECOND), NOW + SECOND) == PENDING


@pytest.mark.parametrize("stored", [False, True], ids=["nothing", "begun"])
def test_the_first_reading_needs_no_asking(stored: bool) -> None:
    if stored:
        Feed.objects.create(account="default")
    assert answer(ask(NOW), NOW) == RefreshAnswer("The first reading is under way", settled=True)


@given(st.integers(0, 2**40), st.integers(0, 2**60))
def test_a_question_is_known_again_by_its_name(milliseconds: int, runs: int) -> None:
    asked = RefreshRequest(datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds), runs)
    assert str(RefreshRequest.parse(str(asked))) == str(asked)
