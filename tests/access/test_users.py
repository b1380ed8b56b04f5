"""The first person is let in by a link that works once and not for long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import signing
from django.db import connection

from dashboard.access import users
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def connections_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test keeps its transaction: closing is what the server does before it forks."""
    monkeypatch.setattr("django.db.utils.ConnectionHandler.close_all", lambda *_: None)


def test_a_link_is_made_while_there_is_nobody() -> None:
    assert users.is_first_link(users.first_link_token())


def test_no_link_is_made_once_there_is_somebody() -> None:
    User.objects.create_user("someone")
    assert users.first_link_token() == ""


def test_a_link_is_dead_once_there_is_somebody() -> None:
    token = users.first_link_token()
    User.objects.create_user("someone")
    assert not users.is_first_link(token)


@pytest.mark.parametrize(("seconds", "works"), [(users.LINK_LASTS - 1, True), (users.LINK_LASTS + 1, False)])
def test_a_link_lasts_an_hour(seconds: int, works: bool) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        token = users.first_link_token()
        clock.shift(seconds)
        assert users.is_first_link(token) is works


@pytest.mark.parametrize("token", ["", "x", "first:abc:def"])
def test_a_forged_link_is_none(token: str) -> None:
    assert not users.is_first_link(token)


def test_a_link_signed_with_another_key_is_none() -> None:
    assert not users.is_first_link(signing.dumps("first", key="another", salt="first-sign-in"))


def test_a_signature_made_for_something_else_is_no_link() -> None:
    assert not users.is_first_link(signing.dumps("first", salt="something else"))


def test_the_first_person_may_do_everything_and_there_is_no_second_first() -> None:
    user = users.create_first("first", "long enough to hold")
    assert user is not None
    assert user.is_superuser
    assert user.check_password("long enough to hold")
    assert users.create_first("second", "long enough to hold") is None
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_several_who_open_the_first_link_at_once_one_comes_in() -> None:
    together = Barrier(6)

    def come_in(number: int) -> bool:
        together.wait(30)
        try:
            return users.create_first(f"first{number}", "long enough to hold") is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(together.parties) as pool:
        came_in = list(pool.map(come_in, range(together.parties)))
    assert came_in.count(True) == User.objects.count() == 1
