"""Saved views: an address under a name, a person's own or the team's."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.models import SavedView
from tests.factories import deployment_record, stored_deployments
from tests.feeds import live
from tests.markup import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account", "kept")]


@pytest.fixture
def kept() -> None:
    live()
    stored_deployments(deployment_record())


@pytest.fixture
def colleague() -> Client:
    other = Client()
    other.force_login(User.objects.create_user("colleague", password="long enough to hold"))
    return other


def save(client: Client, name: str, address: str, whose: str = "mine") -> Any:
    return client.post("/views/", {"name": name, "address": address, "whose": whose})


def change(client: Client, name: str, do: str, new_name: str = "") -> int:
    pk = SavedView.objects.get(name=name).pk
    return client.post(f"/views/{pk}/", {"do": do, "name": new_name}).status_code


def shown(client: Client, address: str) -> list[str]:
    """The names of the views that stand above a page."""
    return [
        link.words()
        for nav in read(client.get(address)).all("nav", aria_label="Saved views")
        for link in nav.all("a")
        if "link" not in link.attrs.get("class", "")
    ]


def in_the_bar(client: Client) -> list[str]:
    tabs = read(client.get("/links/")).one("nav", aria_label="Pages")
    return [link.words() for link in tabs.all("a", class_="desk")][1:]


def test_a_view_is_saved_as_its_clean_address_and_leads_back_to_it(reader: Client) -> None:
    response = save(reader, "Broken", "/runs/?status=failed&limit=50&status=failed")
    assert response["Location"] == "/runs/?status=failed"
    assert shown(reader, "/runs/") == ["Broken"]
    assert shown(reader, "/deployments/") == []


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("/runs/?status=failed&since=whenever", "The filter since=whenever means nothing"),
        ("/nowhere/", "There is no such page"),
        ("/links/", "Only a page of these can be saved"),
        ("//[", "There is no such page"),
        ("https://elsewhere.example/admin", "There is no such page"),
    ],
)
def test_what_cannot_be_saved_is_named_and_what_was_typed_stays(
    reader: Client, address: str, reason: str
) -> None:
    page = read(save(reader, "Odd", address))
    assert reason in page.words()
    assert page.one("input", id="id_name").attrs["value"] == "Odd"
    assert page.one("input", id="id_address").attrs["value"] == address
    assert not SavedView.objects.exists()


def test_the_address_of_another_site_is_saved_as_ours(reader: Client) -> None:
    assert save(reader, "Ours", "https://elsewhere.example/runs/?status=failed")["Location"] == (
        "/runs/?status=failed"
    )


def test_a_persons_own_views_are_nobody_elses_and_the_teams_are_everybodys(
    reader: Client, colleague: Client
) -> None:
    save(reader, "Mine", "/runs/")
    save(reader, "Ours", "/runs/?status=failed", "team")
    assert shown(reader, "/runs/") == ["Mine", "Ours"]
    assert shown(colleague, "/runs/") == ["Ours"]
    assert change(colleague, "Mine", "delete") == 404
    assert change(colleague, "Ours", "rename", "  All of ours ") == 302
    assert shown(reader, "/runs/") == ["Mine", "All of ours"]


def test_views_are_renamed_moved_pinned_and_deleted(reader: Client) -> None:
    for name in ("A", "B", "C"):
        save(reader, name, "/runs/")
    save(reader, "Other page", "/calendar/")
    change(reader, "C", "up")
    assert shown(reader, "/runs/") == ["A", "C", "B"]
    change(reader, "A", "up")
    change(reader, "A", "down")
    assert shown(reader, "/runs/") == ["C", "A", "B"]
    change(reader, "B", "rename", " ")
    change(reader, "B", "pin")
    assert in_the_bar(reader) == ["B"]
    change(reader, "B", "pin")
    assert in_the_bar(reader) == []
    change(reader, "B", "delete")
    assert shown(reader, "/runs/") == ["C", "A"]
    assert change(reader, "A", "explode") == 404


def test_the_start_page_is_what_a_typed_address_and_the_mark_lead_to(reader: Client) -> None:
    save(reader, "Calls", "/runs/?status=failed")
    typed = {"Sec-Fetch-Site": "none"}
    assert reader.get("/", headers=typed).status_code == 200
    change(reader, "Calls", "start")
    assert reader.get("/", headers=typed)["Location"] == "/runs/?status=failed"
    assert reader.get("/", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    brand = read(reader.get("/calendar/")).one("a", class_="brand")
    assert brand.attrs["href"] == "/runs/?status=failed"
    change(reader, "Calls", "start")
    assert reader.get("/", headers=typed).status_code == 200


def test_a_start_page_that_was_deleted_is_the_overview_again(reader: Client) -> None:
    save(reader, "Gone", "/runs/")
    change(reader, "Gone", "start")
    change(reader, "Gone", "delete")
    assert reader.get("/", headers={"Sec-Fetch-Site": "none"}).status_code == 200


def test_choosing_in_the_view_menu_keeps_the_start_page(reader: Client) -> None:
    save(reader, "Calls", "/runs/")
    change(reader, "Calls", "start")
    reader.post("/view/", {"theme": "dark"})
    assert reader.get("/", headers={"Sec-Fetch-Site": "none"})["Location"] == "/runs/"


@pytest.mark.parametrize("address", ["/runs/?status=abolished", "/abolished/?x=1"])
def test_a_view_whose_filters_mean_nothing_any_more_says_so(reader: Client, address: str) -> None:
    SavedView.objects.create(name="Old", page="runs", address=address)
    assert "Its filters no longer mean what they did" in read(reader.get("/views/")).words()


def test_a_hostile_name_is_only_text(reader: Client) -> None:
    save(reader, "<script>x</script>\u202e", "/runs/")
    assert b"<script>x" not in reader.get("/runs/").content
    assert b"<script>x" not in reader.get("/views/").content


def test_where_nobody_signs_in_every_view_is_the_teams(client: Client, settings: Any) -> None:
    settings.DASHBOARD_AUTH = "none"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "LoginRequired" not in name]
    save(client, "Everybody's", "/runs/")
    assert shown(Client(), "/runs/") == ["Everybody's"]


def test_an_open_page_that_asks_for_itself_asks_for_no_saved_view(reader: Client) -> None:
    save(reader, "Calls", "/runs/")
    assert b"Calls" not in reader.get("/runs/", headers={"X-Poll": "1"}).content
