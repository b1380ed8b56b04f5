"""The hand-over's page, its text, and what the overview shows to a reader who comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from dashboard.domain.states import Deed, Health
from dashboard.models import AlertMessage, AlertRule, AuditEntry, ReaderVisit
from dashboard.services.alerts import texts
from tests.factories import NOW, deployment_record, stored_deployments
from tests.feeds import live
from tests.health_bars import changed
from tests.markup import read

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def kept() -> None:
    live()
    stored_deployments(deployment_record(name="<b>Walk"))
    changed((Health.OK, 99), (Health.FAILING, 3))


@pytest.fixture
def back(reader: Client) -> None:
    """The reader was here ten hours ago."""
    ReaderVisit.objects.create(pk=reader.session["_auth_user_id"], seen_at=NOW - 10 * HOUR)
    reader.get("/")


def test_each_line_is_a_link_and_words_of_the_fleet_are_text(reader: Client) -> None:
    page = read(reader.get("/handover/?since=12h"))
    section = page.one("section", id="newly-failing")
    assert section.one("a", class_="clip row-link").words() == "<b>Walk"
    assert page.one("h1").words() == "Hand-over"
    assert page.all("a", href="/handover.md?since=12h")


def rules(*targets: str) -> None:
    for number, target in enumerate(targets):
        send_by = "email" if "@" in target else "webhook"
        AlertRule.objects.create(
            name=f"{number}", send_by=send_by, target=target, address="/deployments/", made_at=NOW
        )


def test_it_is_sent_to_an_address_that_a_rule_sends_to(reader: Client) -> None:
    rules("ops@example.org", "ops@example.org", "https://hooks.example/", "a@example.org")
    form = read(reader.get("/handover/send/?of=/handover/%3Fsince%3D12h"))
    options = form.one("select", id="id_to").all("option")
    assert [option.words() for option in options] == ["a@example.org (3)", "ops@example.org (0)"]
    given = {"of": "/handover/?since=12h", "to": options[1].attrs["value"]}
    page = read(reader.post("/handover/send/", given))
    assert "It is on its way to ops@example.org (0)." in page.words()
    [message] = AlertMessage.objects.all()
    assert texts.subject(message).startswith("[0] Hand-over, Mon 15 Jun 21:42 to Tue 16 Jun 09:42")
    text = texts.as_text(message)
    assert "Sent by reader.\n\nAs read" in text
    assert "Newly failing: 1\n- <b>Walk" in text
    assert "/handover/?since=" in text
    [entry] = AuditEntry.objects.filter(kind=Deed.HANDOVER_SENT)
    assert (entry.who, entry.what) == ("reader", "ops@example.org (0)")
    for _ in range(6):
        page = read(reader.post("/handover/send/", given))
    assert "You have sent 6 in the last hour: wait a little." in page.words()
    assert AlertMessage.objects.count() == 6


def test_it_is_sent_to_nobody_else_and_by_nobody_unknown(reader: Client, settings: Any) -> None:
    assert "Nobody to send it to" in read(reader.get("/handover/send/")).words()
    assert reader.post("/handover/send/", {"to": "1"}).status_code == 403
    rules("ops@example.org", "https://hooks.example/")
    other = AlertRule.objects.get(name="1").pk
    for to in ("", "x", "stranger@example.org", str(other)):
        assert reader.post("/handover/send/", {"to": to}).status_code == 200
    settings.DASHBOARD_AUTH = "none"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "LoginRequired" not in name]
    assert Client().post("/handover/send/", {"to": "1"}).status_code == 403
    assert not AlertMessage.objects.exists()


def test_the_text_is_of_the_same_question(reader: Client) -> None:
    answer = reader.get("/handover.md?since=12h")
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert r"\<b\>Walk" in answer.content.decode()
    assert reader.get("/handover.md?since=soon").status_code == 400


@pytest.mark.usefixtures("back")
def test_without_an_instant_it_begins_with_the_last_visit(reader: Client) -> None:
    answer = reader.get("/handover/?q=walk")
    assert answer["Location"] == "/handover/?q=walk&since=2026-06-15T23%3A42%3A00Z"
    assert reader.get("/handover/?since=24h").status_code == 200


@pytest.mark.usefixtures("back")
def test_the_overview_shows_what_happened_since_the_last_visit(reader: Client) -> None:
    card = read(reader.get("/")).one("section", id="since-visit")
    assert "Newly failing 1" in card.words()
    assert card.all("a", href="/handover/?since=2026-06-15T23%3A42%3A00Z")
    assert card.one("form").attrs["action"] == "/handover/read/"


@pytest.mark.usefixtures("back")
def test_what_is_marked_as_read_is_gone(reader: Client) -> None:
    assert reader.get("/handover/read/").status_code == 405
    assert reader.post("/handover/read/")["Location"] == "/"
    with time_machine.travel(NOW + timedelta(seconds=1), tick=False):
        card = read(reader.get("/")).one("section", id="since-visit")
    assert "Newly failing" not in card.words()


def test_the_first_visit_shows_nothing_and_begins_half_a_day_ago(reader: Client) -> None:
    assert not read(reader.get("/")).all("section", id="since-visit")
    assert read(reader.get("/handover/")).all("section", id="newly-failing")


def test_another_readers_visit_is_not_shown(reader: Client, django_user_model: type) -> None:
    other = django_user_model.objects.create_user("other")  # type: ignore[attr-defined] # Django's model
    ReaderVisit.objects.create(pk=other.pk, seen_at=NOW, before_at=NOW - HOUR)
    first = reader.get("/").content
    reader.force_login(other)
    assert b"since-visit" in reader.get("/").content
    assert b"since-visit" not in first


def test_an_open_page_that_asks_for_itself_is_no_visit(reader: Client) -> None:
    cache.clear()
    reader.get("/runs/", headers={"X-Poll": "1"})
    assert not ReaderVisit.objects.exists()
    reader.get("/runs/")
    assert ReaderVisit.objects.get().seen_at == NOW
