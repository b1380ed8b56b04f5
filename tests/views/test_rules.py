"""Alert rules on their page: made, tried and ended by administrators, seen by everybody who may look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.models import AlertIncident, AlertMessage, AlertRule, SavedView
from dashboard.services.alerts import service
from tests.factories import NOW
from tests.feeds import changed, live
from tests.markup import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
GIVEN = {
    "name": "On call",
    "address": "https://dashboard.example/deployments/?health=failing&limit=20",
    "target": "https://hooks.example/services/a-secret-path",
    "secret": "",
    "zone": "Europe/Berlin",
    "daily": "7:30",
}


@pytest.fixture
def administrator() -> Client:
    live()
    client = Client()
    client.force_login(User.objects.create_superuser("administrator"))
    return client


def test_an_administrator_makes_a_rule_and_sees_its_secret_once(administrator: Client) -> None:
    response = administrator.post("/rules/", GIVEN)
    rule = AlertRule.objects.get()
    assert rule.address == "/deployments/?health=failing&limit=20"
    assert rule.made_by == "administrator"
    assert rule.secret in response.content.decode()
    again = administrator.get("/rules/").content.decode()
    assert rule.secret not in again
    assert "a-secret-path" not in again
    assert "webhook at hooks.example" in again
    assert "daily summary at 07:30 Europe/Berlin" in again


def test_a_given_secret_is_never_shown(administrator: Client) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    response = administrator.post("/rules/", GIVEN | {"secret": secret})
    assert AlertRule.objects.get().secret == secret
    assert secret not in response.content.decode()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": ""}, "This field is required."),
        (
            {"target": "nowhere"},
            "It goes to an address of mail, to a webhook that begins with https://, or to a",
        ),
        ({"address": "/deployments/?health=odd"}, "The filter health=odd means nothing"),
    ],
)
def test_what_cannot_work_is_named_and_what_was_typed_stays(
    administrator: Client, changes: dict[str, str], reason: str
) -> None:
    page = read(administrator.post("/rules/", GIVEN | changes))
    assert reason in page.words()
    assert page.one("input", id="id_zone").attrs["value"] == "Europe/Berlin"
    assert not AlertRule.objects.exists()


def test_a_rule_is_made_of_a_saved_view(administrator: Client) -> None:
    for name, address in (("runs", "/runs/?status=failed"), ("calendar", "/calendar/?q=a")):
        SavedView.objects.create(name=f"Of {name}", page=name, address=address)
    to = "/rules/?of=%2Fruns%2F%3Fstatus%3Dfailed"
    views = read(administrator.get("/views/"))
    hrefs = [link.attrs["href"] for link in views.one("main").all("a")]
    assert [href for href in hrefs if "/rules/" in href] == [to]
    page = read(administrator.get("/rules/"))
    assert [link.words() for link in page.one("main").all("a") if link.attrs["href"] == to] == ["Of runs"]
    form = read(administrator.get(to))
    assert form.one("input", id="id_address").attrs["value"] == "/runs/?status=failed"
    administrator.post("/rules/", GIVEN | {"address": "/runs/?status=failed", "daily": ""})
    assert AlertRule.objects.get().address == "/runs/?status=failed"


@pytest.mark.parametrize(("name", "number"), [("On call", 1), ("", 0)])
def test_the_address_of_a_service_is_never_shown(administrator: Client, name: str, number: int) -> None:
    target = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    made = administrator.post("/rules/", GIVEN | {"name": name, "target": target})
    again = administrator.get("/rules/")
    assert AlertRule.objects.count() == number
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in made.content.decode() + again.content.decode()
    assert ("to Slack" in read(again).words()) == bool(number)


def test_the_page_says_where_the_extra_of_services_is_missing(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "which is not installed" not in read(administrator.get("/rules/")).words()
    monkeypatch.setattr(service, "is_installed", lambda: False)
    assert "which is not installed" in read(administrator.get("/rules/")).words()


def test_others_see_rules_and_change_nothing(administrator: Client, reader: Client) -> None:
    administrator.post("/rules/", GIVEN)
    page = read(reader.get("/rules/"))
    assert "On call" in page.words()
    assert not page.one("main").all("form")
    assert reader.post("/rules/", GIVEN | {"name": "Mine"}).status_code == 403
    assert reader.post("/rules/On%20call/", {"do": "remove"}).status_code == 403
    assert AlertRule.objects.count() == 1


def test_a_rule_is_tried_and_removed(administrator: Client) -> None:
    administrator.post("/rules/", GIVEN | {"name": "a/b"})
    assert administrator.post("/rules/a/b/", {"do": "test"})["Location"] == "/rules/"
    assert AlertMessage.objects.get().kind == "test"
    for do, name in (("explode", "a/b"), ("test", "nobody"), ("", "a/b")):
        assert administrator.post(f"/rules/{name}/", {"do": do}).status_code == 404
    administrator.post("/rules/a/b/", {"do": "remove"})
    assert not AlertRule.objects.exists()


def test_the_list_says_what_is_open_and_what_does_not_arrive(administrator: Client) -> None:
    administrator.post("/rules/", GIVEN)
    rule = AlertRule.objects.get()
    for cause in "ab":
        AlertIncident.objects.create(rule=rule, cause=cause, label=cause, opened_at=NOW)
    row = read(administrator.get("/rules/")).one("tr", id=f"rule-{rule.pk}").words()
    assert "2 open" in row
    assert "Nothing sent yet" in row
    AlertRule.objects.update(last_sent_at=NOW)
    assert "Last sent" in read(administrator.get("/rules/")).one("tr", id=f"rule-{rule.pk}").words()
    AlertRule.objects.update(failing_since=NOW, last_error="<b>hooks.example answers 500")
    page = administrator.get("/rules/")
    assert "Not delivered since Tue 16 Jun 09:42" in read(page).words()
    assert b"<b>hooks" not in page.content


def test_the_list_says_in_words_what_a_rule_is_about_and_which_means_nothing_any_more(
    administrator: Client,
) -> None:
    for name, path in (("a", "/deployments/"), ("b", "/runs/?status=failed"), ("c", "/deployments/?q=pay")):
        administrator.post("/rules/", GIVEN | {"name": name, "address": path, "daily": ""})
    AlertRule.objects.filter(name="c").update(address="/deployments/?health=odd")
    rows = read(administrator.get("/rules/")).one("table", id="rules").all("tr")[1:]
    assert [row.one("a").words() for row in rows] == [
        "All deployments",
        "Runs: status failed",
        "/deployments/",
    ]
    assert "Its filters no longer mean what they did: the filter health=odd means nothing" in rows[2].words()


def test_the_last_messages_are_listed_with_what_became_of_each(administrator: Client) -> None:
    administrator.post("/rules/", GIVEN)
    error = {"last_error": "hooks.example answers 500"}
    states: dict[str, dict[str, Any]] = {
        "waits to be sent": {},
        "sent": {"sent_at": NOW},
        "tried 3 times, again in 1 min 30 s: hooks.example answers 500": error | {"tries": 3},
        "given up: hooks.example answers 500": error | {"given_up_at": NOW},
    }
    for columns in states.values():
        due = NOW + timedelta(minutes=1, seconds=30)
        content = {"text": "x", "url": "/"}
        AlertMessage.objects.create(
            rule=AlertRule.objects.get(), kind="test", content=content, written_at=NOW, due_at=due, **columns
        )
    card = read(administrator.get("/rules/")).one("section", id="messages")
    assert "kept for 90 days" in card.words()
    assert [row.all("td")[2].words() for row in card.one("tbody").all("tr")] == [*reversed(states)]


def test_the_overview_says_that_messages_do_not_arrive(administrator: Client) -> None:
    administrator.post("/rules/", GIVEN)
    assert "do not arrive" not in read(administrator.get("/")).words()
    AlertRule.objects.update(failing_since=NOW, last_error="hooks.example answers 500")
    changed()
    assert "Messages of the rule On call do not arrive." in read(administrator.get("/")).words()


def test_where_nobody_signs_in_rules_are_made_by_command(client: Client, settings: Any) -> None:
    live()
    settings.DASHBOARD_AUTH = "none"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "LoginRequired" not in name]
    assert "manage.py rules" in read(client.get("/rules/")).words()
    assert client.post("/rules/", GIVEN).status_code == 403
