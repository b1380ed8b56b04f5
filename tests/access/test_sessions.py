"""What a reader of the database holds of somebody's session: nothing that opens it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from dashboard.access.sessions import SessionStore
from dashboard.models import Session
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def signed_in() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("reader"))
    return client


def opens(key: str) -> bool:
    client = Client()
    client.cookies["sessionid"] = key
    return client.get("/runs/").status_code == 200


def test_what_the_database_keeps_signs_nobody_in() -> None:
    client = signed_in()
    kept = Session.objects.get()
    assert opens(client.cookies["sessionid"].value)
    assert (
        client.cookies["sessionid"].value
        not in f"{kept.session_key} {SessionStore().decode(kept.session_data)}"
    )
    assert not opens(kept.session_key)


def test_a_row_that_was_written_before_keys_were_hashed_signs_nobody_in() -> None:
    user = User.objects.create_user("reader")
    data = {
        "_auth_user_id": str(user.pk),
        "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
        "_auth_user_hash": user.get_session_auth_hash(),
    }
    row = {"session_data": SessionStore().encode(data), "expire_date": timezone.now() + timedelta(days=1)}
    Session.objects.create(session_key="a" * 32, **row)
    assert not opens("a" * 32)


def test_signing_out_ends_the_session_in_the_database() -> None:
    client = signed_in()
    key = client.cookies["sessionid"].value
    client.post("/sign-out/")
    assert not opens(key)
    assert not Session.objects.exists()


def test_a_session_is_kept_changed_and_ended_by_its_key() -> None:
    store = SessionStore()
    store["zone"] = "UTC"
    store.save()
    key = str(store.session_key)
    assert SessionStore().exists(key)
    changed = SessionStore(key)
    changed["zone"] = "Asia/Tokyo"
    changed.save()
    assert SessionStore(key)["zone"] == "Asia/Tokyo"
    SessionStore().delete(key)
    assert not SessionStore().exists(key)
    assert "zone" not in SessionStore(key)


def test_ending_a_session_that_was_never_kept_ends_nothing() -> None:
    SessionStore().delete()
    assert not Session.objects.exists()


def test_a_session_that_ran_out_signs_nobody_in() -> None:
    client = signed_in()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not opens(client.cookies["sessionid"].value)


# -- How long one lasts -----------------------------------------------------------------------------


def test_a_session_lasts_while_it_is_used_and_not_beyond_its_lifetime(settings: Any) -> None:
    settings.SESSION_LIFETIME, settings.SESSION_IDLE = timedelta(hours=30), timedelta(hours=10)
    with time_machine.travel(NOW, tick=False) as clock:
        client = signed_in()
        ends = [Session.objects.get().expire_date - NOW]
        for hours, asked in ((0.5, {}), (9, {"X-Poll": "1"}), (9, {}), (17, {}), (26, {}), (29, {})):
            clock.move_to(NOW + timedelta(hours=hours))
            assert client.get("/runs/", headers=asked).status_code == 200
            ends.append(Session.objects.get().expire_date - NOW)
        assert [end / timedelta(hours=1) for end in ends] == [10, 10, 10, 19, 27, 30, 30]
        clock.move_to(NOW + timedelta(hours=30))
        assert client.get("/runs/").status_code == 302


def test_a_session_that_nobody_uses_ends_and_its_row_goes_with_the_next_sign_in(settings: Any) -> None:
    settings.SESSION_IDLE = timedelta(hours=10)
    with time_machine.travel(NOW, tick=False) as clock:
        client = signed_in()
        clock.shift(timedelta(hours=10))
        assert client.get("/runs/").status_code == 302
        Client().force_login(User.objects.get())
    assert Session.objects.count() == 1


def test_a_session_ends_when_people_sign_in_another_way_from_then_on(settings: Any) -> None:
    client = signed_in()
    settings.DASHBOARD_AUTH = "none"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "LoginRequired" not in name]
    assert client.get("/runs/").wsgi_request.user.is_anonymous
    assert str(Session.objects.get()).startswith(f"of {User.objects.get().pk}, until ")


def refuse(*_: object, **__: object) -> None:
    raise DatabaseError


def test_a_use_that_cannot_be_noted_keeps_no_page_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = signed_in()
    Session.objects.update(expire_date=timezone.now() + timedelta(hours=1))
    monkeypatch.setattr(QuerySet, "update", refuse)
    assert client.get("/runs/").status_code == 200
    assert "the use of a session was not noted: DatabaseError" in caplog.text
