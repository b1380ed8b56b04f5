"""People: invited, shut out, reset and promoted, and never without anybody who could undo it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from dashboard.access import people
from dashboard.access.audit import Actor
from dashboard.access.people import LINK_LASTS, PersonRefused
from dashboard.domain.states import Deed, PersonState, Role
from dashboard.models import AuditEntry, CodeDevice, Identity, RecoveryCode, Session
from tests.factories import NOW

pytestmark = pytest.mark.django_db
BY = Actor("administrator", "192.0.2.1")
PASSWORD = "long enough to hold"


@pytest.fixture
def administrator() -> User:
    return User.objects.create_superuser("administrator", password=PASSWORD)


def deeds() -> list[str]:
    return [str(entry) for entry in AuditEntry.objects.order_by("pk")]


def test_an_invited_person_chooses_a_password_by_a_link_that_works_once(administrator: User) -> None:
    token = people.invite("ana@team.example", Role.VIEWER, BY)
    user = User.objects.get(username="ana@team.example")
    assert people.of_link(token) == user
    assert [(row.name, row.role, row.state) for row in people.page().rows] == [
        ("administrator", Role.ADMINISTRATOR, PersonState.ENABLED),
        ("ana@team.example", Role.VIEWER, PersonState.INVITED),
    ]
    assert people.choose_password(token, PASSWORD, "192.0.2.2") == user
    assert people.of_link(token) is None
    assert people.choose_password(token, "another that holds", "") is None
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert deeds() == [
        "person invited: administrator ana@team.example, viewer",
        "password changed: ana@team.example by a one-time link",
    ]
    assert token not in str(list(User.objects.values()) + list(AuditEntry.objects.values()))


@pytest.mark.parametrize("token", ["", "x", "WzEsImEiXQ:1:x"])
def test_a_forged_link_lets_nobody_choose(token: str) -> None:
    assert people.of_link(token) is None
    assert people.choose_password(token, PASSWORD, "") is None


def test_a_link_dies_with_time_with_the_next_one_and_with_the_person(administrator: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        token = people.invite("ana", Role.VIEWER, BY)
        clock.shift(LINK_LASTS - 1)
        assert people.of_link(token)
        clock.shift(2)
        assert people.of_link(token) is None
    user = people.find("ana")
    first, second = people.reset(user, BY), people.reset(user, BY)
    assert people.of_link(first) is None
    assert people.of_link(second) == user
    people.disable(user, BY)
    assert people.of_link(second) is None


@pytest.mark.django_db(transaction=True)
def test_of_several_who_open_one_link_at_once_one_chooses() -> None:
    token = people.invite("ana", Role.VIEWER, BY)
    chosen = at_once(lambda number: people.choose_password(token, f"long enough {number}", "") is not None, 4)
    assert chosen.count(True) == 1


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_demote_each_other_at_once_leave_one() -> None:
    both = [User.objects.create_superuser(name, password=PASSWORD) for name in ("ana", "bob")]

    def demote(number: int) -> bool:
        try:
            people.change_role(both[number], Role.VIEWER, BY)
        except PersonRefused:
            return False
        return True

    assert sorted(at_once(demote, 2)) == [False, True]
    assert User.objects.filter(is_superuser=True).count() == 1


def at_once(do: Callable[[int], bool], number: int) -> list[bool]:
    together = Barrier(number)

    def one(which: int) -> bool:
        together.wait(30)
        try:
            return do(which)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("administrator", "there is already a person called administrator"),
        ("a b", "a name has"),
        ("", "a name has"),
    ],
)
def test_who_cannot_be_invited_is_refused(administrator: User, name: str, reason: str) -> None:
    with pytest.raises(PersonRefused, match=reason):
        people.invite(name, Role.VIEWER, BY)
    assert User.objects.count() == 1


@pytest.mark.parametrize("way", ["oidc", "proxy", "none"])
def test_where_others_let_people_in_nobody_is_invited_and_a_reset_gives_no_link(
    administrator: User, settings: Any, way: str
) -> None:
    user = User.objects.create_user("ana")
    Identity.objects.create(user=user, issuer="x", subject="y")
    settings.DASHBOARD_AUTH = way
    with pytest.raises(PersonRefused, match=f"nobody is invited here: people .* by DASHBOARD_AUTH={way}"):
        people.invite("bob", Role.VIEWER, BY)
    assert people.reset(user, BY) == ""
    assert not Identity.objects.exists()
    assert people.page(part="AN").rows[0].state == PersonState.ENABLED


def test_the_last_administrator_who_can_sign_in_stays_one(administrator: User) -> None:
    people.invite("invited", Role.ADMINISTRATOR, BY)  # has no password yet
    gone = User.objects.create_superuser("gone", password=PASSWORD, is_active=False)
    last = "the last administrator who can sign in is administrator"
    with pytest.raises(PersonRefused, match=last):
        people.disable(administrator, BY)
    with pytest.raises(PersonRefused, match=last):
        people.change_role(administrator, Role.VIEWER, BY)
    people.change_role(gone, Role.VIEWER, BY)
    User.objects.create_superuser("second", password=PASSWORD)
    people.disable(administrator, BY)
    administrator.refresh_from_db()
    assert not administrator.is_active


def test_nobody_resets_their_own_account_and_there_are_two_roles(administrator: User) -> None:
    with pytest.raises(PersonRefused, match="change the password instead"):
        people.reset(administrator, BY)
    with pytest.raises(PersonRefused, match="a role is viewer or administrator"):
        people.change_role(administrator, "owner", BY)


def test_a_reset_takes_away_password_codes_and_sessions(administrator: User) -> None:
    user = User.objects.create_user("ana", password=PASSWORD)
    Client().force_login(user)
    CodeDevice.objects.create(user=user, seed="x", last_step=0)
    RecoveryCode.objects.create(user=user, digest="x")
    assert [(row.sessions, row.codes) for row in people.page("ana").rows] == [(1, True)]
    assert people.of_link(people.reset(user, BY)) == user
    assert not Session.objects.exists()
    assert not CodeDevice.objects.exists()
    assert not RecoveryCode.objects.exists()
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_what_is_done_with_a_person_works_at_once_and_is_in_the_trail(administrator: User) -> None:
    user = User.objects.create_user("ana", password=PASSWORD)
    Client().force_login(user)
    people.sign_out(user, BY)
    assert not Session.objects.exists()
    Client().force_login(user)
    people.disable(user, BY)
    assert not Session.objects.exists()
    assert people.page("ana").rows[0].state == PersonState.DISABLED
    people.enable(user, BY)
    people.change_role(user, Role.ADMINISTRATOR, BY)
    assert people.page("ana").rows[0].role == Role.ADMINISTRATOR
    assert [deed for deed in deeds() if deed != "signed in: ana"] == [
        "sessions ended: administrator ana, 1",
        "person disabled: administrator ana",
        "person enabled: administrator ana",
        "role changed: administrator ana, administrator",
    ]
    assert AuditEntry.objects.filter(kind=Deed.ROLE).get().address == "192.0.2.1"


def test_people_are_listed_a_page_at_a_time_by_a_part_of_their_names(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(people, "PAGE_SIZE", 2)
    for name in ("ana", "bob", "carl", "dora"):
        User.objects.create_user(name)
    with django_assert_num_queries(1):
        first = people.page()
    assert ([row.name for row in first.rows], first.after) == (["ana", "bob"], "bob")
    second = people.page(after="bob")
    assert ([row.name for row in second.rows], second.after) == (["carl", "dora"], "")
    assert [row.name for row in people.page("A").rows] == ["ana", "carl"]


def test_somebody_who_is_not_there_is_named() -> None:
    with pytest.raises(PersonRefused, match="there is no such person"):
        people.find("nobody")
    with pytest.raises(PersonRefused, match="there is no such person"):
        people.get(9)
