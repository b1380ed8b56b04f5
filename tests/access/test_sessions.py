"""What a reader of the database holds of somebody's session: nothing that opens it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from dashboard.access.sessions import SessionStore

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
    assert client.cookies["sessionid"].value not in f"{kept.session_key} {kept.get_decoded()}"
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
