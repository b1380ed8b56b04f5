"""Refresh now: a form that leads back, or a script that gets what came of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from dashboard.models import Feed
from tests.factories import NOW
from tests.feeds import live
from tests.locks import locked

pytestmark = pytest.mark.django_db


def test_a_form_is_led_back_to_where_it_stood(reader: Client) -> None:
    live()
    response = reader.post(
        "/refresh/", {"next": "/runs/?status=failed"}, headers={"Accept": "text/html,*/*;q=0.8"}
    )
    assert (response.status_code, response["Location"]) == (302, "/runs/?status=failed")
    assert Feed.objects.get().asked_at == NOW


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "", "javascript:alert(1)", "foo"]
)
def test_nobody_is_led_elsewhere(reader: Client, wanted: str) -> None:
    assert reader.post("/refresh/", {"next": wanted})["Location"] == "/"


def test_a_script_is_shown_where_the_answer_will_be(reader: Client) -> None:
    live()
    response = reader.post("/refresh/", headers={"Accept": "application/json"})
    assert response.status_code == 202
    where = response.json()["answer"]
    assert reader.get(where).json() == {"text": "Asked, reading", "settled": False}
    Feed.objects.update(asked_at=None, attempted_at=NOW + timedelta(seconds=1), runs_read=2)
    assert reader.get(where).json() == {"text": "Read just now: 2 new runs", "settled": True}
    assert "no-store" in reader.get(where)["Cache-Control"]


@pytest.mark.parametrize("asked", ["x", "1-", "-1", "9" * 40 + "-1", "1-x"])
def test_a_question_that_nobody_asked_has_no_answer(reader: Client, asked: str) -> None:
    assert reader.get(f"/refresh/{asked}/").status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("accept", ["text/html,*/*;q=0.8", "application/json"])
def test_a_database_that_another_process_writes_is_named_and_asked_again(reader: Client, accept: str) -> None:
    live()
    with locked():
        response = reader.post("/refresh/", headers={"Accept": accept})
    assert response.status_code == 503
    assert "The database is busy, ask again in a moment" in response.content.decode()
    assert reader.post("/refresh/", headers={"Accept": "application/json"}).status_code == 202


def test_asking_takes_a_form_of_ours(reader: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = reader.cookies
    assert strict.post("/refresh/").status_code == 403
    assert reader.get("/refresh/").status_code == 405
