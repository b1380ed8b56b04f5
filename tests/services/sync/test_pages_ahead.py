"""Pages come while those before are written; order, trouble and manners are those of one thread."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextvars import ContextVar
from threading import Event, get_ident

import pytest

from dashboard.services.sync import pages_ahead
from dashboard.services.sync.heartbeat import Heartbeat
from dashboard.services.sync.lease import LeaseHolder
from dashboard.services.sync.pages_ahead import PagesAhead

PATIENCE = 10.0  # seconds


def always(page: object) -> bool:
    return True


def light(page: object) -> int:
    return 1


def test_pages_are_fetched_while_those_before_are_in_hand_but_not_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages_ahead, "AHEAD", 1)
    second, third = Event(), Event()

    def walk() -> Iterator[int]:
        yield 1
        second.set()
        yield 2
        third.set()

    with PagesAhead(walk(), always, light) as ahead:
        assert second.wait(PATIENCE)
        assert not third.wait(0.01)
        assert list(ahead) == [[1, 2]]
    assert third.is_set()


def test_heavy_pages_are_fewer_ahead_and_fewer_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_ahead, "AHEAD", 3)
    monkeypatch.setattr(pages_ahead, "MOST", 3)
    second, third = Event(), Event()

    def walk() -> Iterator[int]:
        yield 1
        second.set()
        yield 5
        third.set()
        yield from (1, 1, 1)

    with PagesAhead(walk(), always, int) as ahead:
        assert second.wait(PATIENCE)
        assert not third.wait(0.01)
        assert list(ahead) == [[1, 5], [1, 1, 1]]


def test_pages_are_taken_in_their_order_several_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_ahead, "MOST", 6)
    with PagesAhead(iter(range(20)), always, light) as ahead:
        taken = list(ahead)
    assert [page for pages in taken for page in pages] == list(range(20))
    assert [len(pages) for pages in taken] == [6, 6, 6, 2]
    assert ahead.wanted
    with PagesAhead(iter(range(0)), always, light) as ahead:
        assert list(ahead) == []
    monkeypatch.setattr(pages_ahead, "LONGEST", 0.0)

    def slow() -> Iterator[int]:
        yield 1
        time.sleep(0.02)
        yield 2

    with PagesAhead(slow(), always, light) as ahead:
        assert list(ahead) == [[1], [2]]


def test_a_page_that_is_not_wanted_is_not_asked_for() -> None:
    def walk() -> Iterator[int]:
        yield from (1, 2)
        raise AssertionError

    with PagesAhead(walk(), lambda page: page < 2, light) as ahead:
        assert list(ahead) == [[1, 2]]
    assert not ahead.wanted


def test_trouble_is_raised_once_the_pages_before_it_have_been_taken() -> None:
    def walk() -> Iterator[str]:
        yield "one"
        raise LookupError

    taken: list[list[str]] = []
    with PagesAhead(walk(), always, light) as ahead, pytest.raises(LookupError):
        taken.extend(ahead)
    assert taken == [["one"]]


def test_an_answer_under_way_is_waited_for_before_anything_else_is_asked() -> None:
    went_on, over = Event(), Event()

    def walk() -> Iterator[str]:
        yield "one"
        went_on.wait(PATIENCE)
        over.set()
        yield "two"
        raise AssertionError

    with pytest.raises(KeyError), PagesAhead(walk(), always, light):  # noqa: PT012 - what is written may fail
        went_on.set()
        raise KeyError
    assert over.is_set()


def test_what_is_fetched_is_a_sign_of_life_of_the_cycle_it_is_fetched_for() -> None:
    heart = Heartbeat(LeaseHolder())
    threads, word = set(), ContextVar("word", default="")

    def walk() -> Iterator[str]:
        threads.add(get_ident())
        heart._signs.update(dict.fromkeys(heart._signs, 0.0))
        heart.sign()
        yield word.get()

    word.set("kept")
    with heart.cycle(), PagesAhead(walk(), always, light) as ahead:
        assert list(ahead) == [["kept"]]
        assert list(heart._signs) == [get_ident()]
        assert heart._signs[get_ident()] > 0.0
    assert get_ident() not in threads
    heart.sign()
    assert heart._signs == {}
