"""The View menu: chosen once, kept with the person or the browser, shown on every page."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.models import ReaderChoice
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.markup import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
CHOSEN = {
    "zone": "Asia/Kolkata",
    "theme": "dark",
    "density": "comfortable",
    "times": "clock",
    "shortcuts": "off",
}


@pytest.fixture
def kept() -> None:
    live()
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW, "completed"))


def choose(client: Client, **chosen: str) -> Any:
    return client.post("/view/", {"next": "/runs/"} | chosen)


def shown(client: Client) -> dict[str, str | None]:
    """What the page itself says of how it is shown."""
    page = read(client.get("/runs/")).one("html").attrs
    return {name: page.get(f"data-{name}") for name in ("zone", "theme", "density", "keys")}


def test_nothing_chosen_is_the_browsers_zone_and_the_systems_theme(reader: Client) -> None:
    reader.cookies["zone"] = "Europe/Berlin"
    assert shown(reader) == {"zone": "Europe/Berlin", "theme": None, "density": None, "keys": None}


@pytest.mark.usefixtures("kept")
def test_what_is_chosen_shows_on_the_page_that_it_leads_back_to(reader: Client) -> None:
    response = choose(reader, **CHOSEN)
    assert response.status_code == 302
    assert response["Location"] == "/runs/"
    assert shown(reader) == {
        "zone": "Asia/Kolkata",
        "theme": "dark",
        "density": "comfortable",
        "keys": "off",
    }
    assert "min ago" not in reader.get("/runs/").content.decode().split("<main")[1].split("<footer")[0]


def test_it_is_kept_with_the_person_for_the_next_sign_in(reader: Client) -> None:
    choose(reader, theme="light")
    assert ReaderChoice.objects.get().settings == "theme=light"
    elsewhere = Client()
    elsewhere.force_login(User.objects.get(username="reader"))
    assert shown(elsewhere)["theme"] == "light"


def test_two_people_choose_for_themselves(reader: Client) -> None:
    choose(reader, theme="light")
    other = Client()
    other.force_login(User.objects.create_user("other", password="long enough to hold"))
    assert shown(other)["theme"] is None


def test_where_nobody_signs_in_the_browser_keeps_it(client: Client, settings: Any) -> None:
    settings.DASHBOARD_AUTH = "none"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "LoginRequired" not in name]
    response = choose(client, theme="dark")
    assert response.cookies["view"].value == "theme=dark"
    assert response.cookies["view"]["httponly"]
    assert shown(client)["theme"] == "dark"
    assert not ReaderChoice.objects.exists()


def test_behind_a_proxy_that_names_people_it_is_kept_with_the_person(client: Client, settings: Any) -> None:
    settings.DASHBOARD_AUTH = "proxy"
    settings.TRUSTED_PROXY = "127.0.0.1"
    settings.PROXY_USER_HEADER = "X-User"
    settings.MIDDLEWARE = [
        "dashboard.views.proxy.ProxyMiddleware" if "LoginRequired" in name else name
        for name in settings.MIDDLEWARE
    ]
    ours = Client(headers={"X-User": "ada"})
    choose(ours, theme="dark")
    assert shown(ours)["theme"] == "dark"
    assert shown(Client(headers={"X-User": "grace"}))["theme"] is None


def test_an_unknown_zone_is_named_and_nothing_else_is_lost(reader: Client) -> None:
    response = choose(reader, zone="Mars/Olympus", theme="dark")
    assert response.status_code == 200
    page = read(response)
    assert "No time zone has that name" in page.text
    assert page.one("input", name="zone").attrs["value"] == "Mars/Olympus"
    assert "selected" in page.one("select", name="theme").one("option", value="dark").attrs
    assert not ReaderChoice.objects.exists()


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example/", "nowhere"])
def test_it_leads_to_no_other_site(reader: Client, back: str) -> None:
    assert reader.post("/view/", {"next": back, "theme": "dark"})["Location"] == "/view/"


def test_asking_changes_nothing(reader: Client) -> None:
    reader.get("/view/?theme=dark&zone=UTC")
    assert shown(reader)["theme"] is None


def test_the_menu_gets_the_form_alone(reader: Client) -> None:
    page = reader.get("/view/?next=/runs/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert 'name="next" value="/runs/"' in page


@pytest.mark.usefixtures("kept")
def test_an_open_page_of_another_reader_is_not_answered_with_these_times(reader: Client) -> None:
    asking = {"X-Poll": "1"}
    before = reader.get("/runs/", headers=asking)
    choose(reader, times="clock")
    assert reader.get("/runs/", headers=asking)["ETag"] != before["ETag"]
