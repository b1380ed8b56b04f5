"""Links: made once, opened by their token, dead at once when revoked, their last use true to the minute."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access import share_links
from dashboard.access.audit import Actor
from dashboard.domain.states import Deed
from dashboard.models import AuditEntry, Link
from dashboard.services.cloud.accounts import Account
from tests.factories import NOW, somebody

pytestmark = pytest.mark.django_db
BY = Actor("administrator")
MINUTE = timedelta(minutes=1)


def made(name: str = "Kitchen", lasts: timedelta | None = None, **changes: Any) -> tuple[Link, str]:
    values: dict[str, Any] = {"kind": "calendar", "query": "/calendar.ics", "made_by": somebody(), "now": NOW}
    return share_links.make(name, lasts=lasts, **(values | changes))


def test_a_link_is_opened_by_its_token_alone() -> None:
    link, token = made()
    assert share_links.working(token, NOW) == link
    for other in ("", token[:-1], token + "x", token.swapcase(), link.token_hash, "\ud800", "\x00"):
        assert share_links.working(other, NOW) is None


def test_a_token_has_256_bits_and_is_kept_nowhere() -> None:
    (link, token), (_, other) = made(), made()
    assert len(token) == 43
    assert token != other
    assert token not in str(Link.objects.filter(pk=link.pk).values())


@pytest.mark.parametrize(
    ("after", "works"),
    [(timedelta(), True), (7 * timedelta(days=1) - MINUTE, True), (7 * timedelta(days=1), False)],
)
def test_a_link_expires_at_its_end(after: timedelta, works: bool) -> None:
    _, token = made(lasts=timedelta(days=7))
    assert (share_links.working(token, NOW + after) is not None) is works
    [kept] = share_links.all_links()
    assert kept.state(NOW + after) == ("working" if works else "expired")


def test_a_link_without_an_end_does_not_run_out() -> None:
    _, token = made()
    assert share_links.working(token, NOW + timedelta(days=9_999))
    assert share_links.all_links()[0].state(NOW + timedelta(days=9_999)) == "working"


def test_revoking_works_at_once_and_for_that_link_alone() -> None:
    (link, token), (_, other) = made(), made()
    share_links.revoke(link, NOW, BY)
    share_links.revoke(link, NOW + MINUTE, BY)
    assert share_links.working(token, NOW) is None
    assert share_links.working(other, NOW)
    link.refresh_from_db()
    assert (link.revoked_at, link.state(NOW)) == (NOW, "revoked")


def test_the_last_use_is_written_once_a_minute(django_assert_num_queries: Any) -> None:
    link, token = made()
    share_links.note_use(link, NOW, "192.0.2.1")
    for after, seen, expected in (
        (MINUTE / 2, "192.0.2.2", (NOW, "192.0.2.1")),
        (MINUTE, "192.0.2.3", (NOW + MINUTE, "192.0.2.3")),
    ):
        opened = share_links.working(token, NOW)
        assert opened
        with django_assert_num_queries(1 if after == MINUTE else 0):
            share_links.note_use(opened, NOW + after, seen)
        opened.refresh_from_db()
        assert (opened.last_used_at, opened.last_used_from) == expected


def test_of_two_uses_at_the_same_moment_one_is_kept() -> None:
    link, _ = made()
    share_links.note_use(link, NOW, "192.0.2.1")
    share_links.note_use(link, NOW, "192.0.2.2")
    assert Link.objects.get().last_used_from == "192.0.2.1"


def test_links_are_listed_newest_first_and_revoked_ones_last() -> None:
    made("older")
    gone, _ = made("gone", now=NOW + 9 * MINUTE)
    made("newer", now=NOW + MINUTE)
    share_links.revoke(gone, NOW + 9 * MINUTE, BY)
    assert [str(link) for link in share_links.all_links()] == ["newer", "older", "gone"]


@given(token=st.text(st.characters(), max_size=80))
def test_no_text_that_was_not_made_opens_anything(token: str) -> None:
    assert share_links.working(token, NOW) is None


def test_a_link_whose_owner_is_gone_or_shut_out_opens_nothing_until_somebody_takes_it_over() -> None:
    link, token = made()
    User.objects.filter(username=link.made_by).update(is_active=False)
    assert share_links.working(token, NOW) is None
    assert [each.state(NOW) for each in share_links.all_links()] == ["ownerless"]
    User.objects.all().delete()
    assert share_links.working(token, NOW) is None
    share_links.take_over(link, Actor(somebody("administrator")))
    assert share_links.working(token, NOW) == link
    assert share_links.all_links()[0].made_by == "administrator"


def test_a_link_that_has_an_owner_is_not_taken_over() -> None:
    link, _ = made()
    share_links.take_over(link, Actor(somebody("administrator")))
    assert Link.objects.get().made_by == link.made_by


def accounts(*names: str) -> tuple[Account, ...]:
    return tuple(Account(name, "", "", "", lambda: "") for name in names)


@pytest.mark.parametrize(
    ("query", "before", "after", "opens"),
    [
        ("/wallboard/", ("a",), ("a",), "/wallboard/"),
        ("/wallboard/", ("a", "b"), ("a",), "/wallboard/"),
        ("/wallboard/", ("a",), ("a", "b"), "/wallboard/?account=a"),
        ("/wallboard/?q=x", ("a", "b"), ("a", "b", "c"), "/wallboard/?q=x&account=a&account=b"),
        ("/wallboard/?account=b", ("a", "b"), ("a", "b", "c"), "/wallboard/?account=b"),
        ("/wallboard/", ("a & b",), ("a & b", "c"), "/wallboard/?account=a+%26+b"),
        ("/wallboard/", ("a",), ("b",), ""),
    ],
)
def test_a_link_shows_no_account_that_came_later(
    settings: Any, query: str, before: tuple[str, ...], after: tuple[str, ...], opens: str
) -> None:
    settings.ACCOUNTS = accounts(*before)
    link, _ = made(query=query)
    settings.ACCOUNTS = accounts(*after)
    assert share_links.address_of(link) == opens


def test_a_link_that_is_opened_all_the_time_is_in_the_audit_trail_once_an_hour() -> None:
    link, _ = made()
    for minutes in (0, 1, 30, 59, 60, 90, 119, 121):
        link.refresh_from_db()
        share_links.note_use(link, NOW.replace(minute=0) + minutes * MINUTE, "192.0.2.1")
    opened = AuditEntry.objects.filter(kind=Deed.LINK_OPENED)
    assert [(entry.who, entry.what, entry.address) for entry in opened] == [("", "Kitchen", "192.0.2.1")] * 3
