"""The next page comes while the one before is written; order, trouble and manners are those of one thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from threading import Event, get_ident

import pytest

from dashboard.services.sync.heartbeat import Heartbeat
from dashboard.services.sync.lease import LeaseHolder
from dashboard.services.sync.pages_ahead import PagesAhead

PATIENCE = 10.0  # seconds


def test_a_page_that_is_wanted_is_fetched_while_the_one_before_is_in_hand() -> None:
    asked = Event()

    def walk() -> Iterator[str]:
        yield "one"
        asked.set()
        yield "two"

    with PagesAhead(walk()) as ahead:
        assert next(ahead) == "one"
        assert not asked.is_set()
        ahead.fetch()
        assert asked.wait(PATIENCE)
        assert list(ahead) == ["two"]


def test_trouble_is_raised_where_its_page_is_waited_for() -> None:
    def walk() -> Iterator[str]:
        yield "one"
        raise LookupError

    with PagesAhead(walk()) as ahead:
        assert next(ahead) == "one"
        ahead.fetch()
        with pytest.raises(LookupError):
            next(ahead)


def test_an_answer_under_way_is_waited_for_before_anything_else_is_asked() -> None:
    went_on, over = Event(), Event()

    def walk() -> Iterator[str]:
        yield "one"
        went_on.wait(PATIENCE)
        over.set()
        yield "two"

    with pytest.raises(KeyError), PagesAhead(walk()) as ahead:  # noqa: PT012 - what is written may fail
        next(ahead)
        ahead.fetch()
        went_on.set()
        raise KeyError
    assert over.is_set()


def test_what_is_fetched_is_a_sign_of_life_of_the_cycle_it_is_fetched_for() -> None:
    heart = Heartbeat(LeaseHolder())
    threads, word = set(), ContextVar("word", default="")

    def walk() -> Iterator[str]:
        while True:
            threads.add(get_ident())
            heart._signs.update(dict.fromkeys(heart._signs, 0.0))
            heart.sign()
            yield word.get()

    with heart.cycle(), PagesAhead(walk()) as ahead:
        word.set("kept")
        assert next(ahead) == "kept"
        assert list(heart._signs) == [get_ident()]
        assert heart._signs[get_ident()] > 0.0
    assert get_ident() not in threads
    heart.sign()
    assert heart._signs == {}
