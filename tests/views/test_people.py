"""The page of people and the audit trail, for administrators alone; without a script."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.access import audit
from dashboard.access.audit import PAGE_SIZE, Actor
from dashboard.domain.states import Deed, Role
from dashboard.models import AuditEntry, Link, Session
from tests.feeds import live
from tests.markup import Element, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
PASSWORD = "long enough to hold"
HOSTILE = "<script>alert(1)</script>\u202e\x1b[31m"


@pytest.fixture
def administrator() -> Client:
    live()
    client = Client(REMOTE_ADDR="192.0.2.1")
    client.force_login(User.objects.create_superuser("administrator", password=PASSWORD))
    return client


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana", password=PASSWORD)


def row(page: Element, user: User) -> Element:
    return page.one("tr", id=f"person-{user.pk}")


def link_of(page: Element) -> str:
    """The path of a link that was just made."""
    return urlsplit(page.one("code", id="made").text).path


def test_somebody_is_invited_chooses_a_password_and_is_in(administrator: Client) -> None:
    given = {"name": "ana@team.example", "role": Role.VIEWER}
    page = read(administrator.post("/people/", given))
    assert "A link for ana@team.example." in page.words()
    assert "set-password" not in administrator.get("/people/").content.decode()
    invited = Client()
    asked = read(invited.get(link_of(page)))
    assert "You sign in as ana@team.example." in asked.words()
    weak = read(invited.post(link_of(page), {"password": "ana@team.example"}))
    assert "too similar to the username" in weak.words()
    assert invited.post(link_of(page), {"password": PASSWORD})["Location"] == "/"
    assert invited.get("/runs/").status_code == 200
    assert Client().get(link_of(page)).status_code == 404
    assert Client().post(link_of(page), {"password": PASSWORD}).status_code == 404


def test_of_two_who_choose_at_once_the_second_is_led_to_sign_in(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = read(administrator.post("/people/", {"name": "ana", "role": Role.VIEWER}))
    monkeypatch.setattr("dashboard.access.people.choose_password", lambda *_: None)
    assert Client().post(link_of(page), {"password": PASSWORD})["Location"] == "/sign-in/"


@pytest.mark.parametrize(
    ("given", "status", "reason"),
    [
        ({"name": "administrator", "role": "viewer"}, 409, "There is already a person called administrator."),
        ({"name": HOSTILE, "role": "viewer"}, 409, "A name has at most 150 letters"),
        ({"name": "", "role": "viewer"}, 200, "This field is required."),
        ({"name": "ana", "role": "owner"}, 200, "Select a valid choice."),
    ],
)
def test_who_cannot_be_invited_is_refused_with_the_reason(
    administrator: Client, given: dict[str, str], status: int, reason: str
) -> None:
    response = administrator.post("/people/", given)
    assert response.status_code == status
    assert reason in read(response).words()
    assert User.objects.count() == 1


def test_each_change_is_a_button_that_needs_no_script(administrator: Client, ana: User) -> None:
    Client().force_login(ana)
    for do, shown in (
        ("sign-out", "0 open"),
        ("disable", "disabled"),
        ("enable", "enabled"),
        (Role.ADMINISTRATOR, "administrator"),
        (Role.VIEWER, "viewer"),
    ):
        page = read(administrator.get("/people/"))
        [button] = [b for b in row(page, ana).all("button") if b.attrs["value"] == do]
        form = row(page, ana).one("form")
        assert (button.attrs["name"], form.attrs["method"]) == ("do", "post")
        done = administrator.post(form.attrs["action"], {"do": do})
        assert done["Location"] == f"/people/#person-{ana.pk}"
        assert shown in row(read(administrator.get("/people/")), ana).words()
    assert Session.objects.count() == 1


def test_a_reset_shows_a_link_once(administrator: Client, ana: User, settings: Any) -> None:
    page = read(administrator.post(f"/people/{ana.pk}/", {"do": "reset"}))
    assert Client().get(link_of(page)).status_code == 200
    assert "invited" in row(read(administrator.get("/people/")), ana).words()
    settings.DASHBOARD_AUTH = "proxy"
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "LoginRequired" not in name]
    administrator.force_login(User.objects.get(username="administrator"))
    page = read(administrator.post(f"/people/{ana.pk}/", {"do": "reset"}))
    assert "Reset ana. The next person who signs in" in page.words()
    assert "Invite somebody" not in page.words()


def test_what_cannot_be_done_is_refused_with_a_sentence(administrator: Client, ana: User) -> None:
    pk = User.objects.get(username="administrator").pk
    for key, do, reason in (
        (pk, "disable", "The last administrator who can sign in is administrator: make somebody else one"),
        (pk, Role.VIEWER, "The last administrator who can sign in is administrator"),
        (pk, "reset", "Nobody resets their own account"),
        (999, "disable", "There is no such person."),
    ):
        response = administrator.post(f"/people/{key}/", {"do": do})
        assert response.status_code == 409
        assert reason in read(response).one("div", role="alert").words()
    assert administrator.post(f"/people/{ana.pk}/", {"do": "explode"}).status_code == 404
    assert administrator.get(f"/people/{ana.pk}/").status_code == 405


def test_only_administrators_manage_people_and_read_the_trail(reader: Client, ana: User) -> None:
    for path in ("/people/", "/audit/"):
        response = reader.get(path)
        assert response.status_code == 403
        shown = read(response)
        assert "Not allowed Only administrators can" in shown.one("main").words()
        assert "You have signed in as reader." in shown.one("main").words()
        assert shown.one("nav", class_="tabs").all("a")  # the frame stays
        assert not [a for a in read(reader.get("/links/")).all("a") if a.attrs.get("href") == path]
    assert reader.post("/people/", {"name": "x", "role": Role.ADMINISTRATOR}).status_code == 403
    assert reader.post(f"/people/{ana.pk}/", {"do": Role.ADMINISTRATOR}).status_code == 403
    assert not User.objects.filter(is_superuser=True).exists()


def test_a_form_from_elsewhere_changes_nobody(administrator: Client, ana: User) -> None:
    administrator.handler.enforce_csrf_checks = True
    assert administrator.post("/people/", {"name": "x", "role": "viewer"}).status_code == 403
    assert administrator.post(f"/people/{ana.pk}/", {"do": "disable"}).status_code == 403
    ana.refresh_from_db()
    assert ana.is_active


def test_people_are_searched_and_leafed_through(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.access.people.PAGE_SIZE", 2)
    for name in ("ana", "bob", "carl"):
        User.objects.create_user(name)
    page = read(administrator.get("/people/?q=a"))
    assert page.one("a", rel="next").attrs["href"] == "/people/?q=a&after=ana"
    rest = read(administrator.get("/people/?q=a&after=ana"))
    assert "carl" in rest.one("table", id="people").words()
    assert [a.attrs["href"] for a in rest.one("nav", class_="pager").all("a")] == ["/people/?q=a"]
    assert "Nobody of that name" in read(administrator.get("/people/?q=%00zz")).words()


# -- The audit trail --------------------------------------------------------------------------------


def trail(client: Client, query: str = "") -> list[list[str]]:
    _, *rows = read(client.get(f"/audit/{query}")).one("table", id="audit").all("tr")
    return [[cell.words() for cell in row.all("td")][1:] for row in rows]


def test_what_happens_to_links_rules_and_sign_ins_is_in_the_trail_with_its_address(
    administrator: Client, ana: User
) -> None:
    AuditEntry.objects.all().delete()
    strangers = Client(REMOTE_ADDR="192.0.2.9")
    strangers.post("/sign-in/", {"username": HOSTILE + "x" * 100, "password": "guessed-secret"})
    strangers.post("/sign-in/", {"username": "ana", "password": PASSWORD})
    strangers.post("/sign-out/")
    made = administrator.post(
        "/links/", {"name": "Kitchen", "kind": "calendar", "of": "/calendar/", "expires": "90d"}
    )
    address = urlsplit(read(made).one("code", id="made").text).path
    for _ in range(2):
        assert strangers.get(address).status_code == 200
    administrator.post(f"/links/{Link.objects.get().pk}/revoke/")
    rule = {"name": "On call", "address": "/deployments/", "target": "https://h.example/", "zone": "UTC"}
    administrator.post("/rules/", rule)
    for do in ("test", "remove"):
        administrator.post("/rules/On%20call/", {"do": do})
    cut = (HOSTILE.replace("\u202e", "\\u202e").replace("\x1b", "\\x1b"))[:40]
    first, *rest = trail(administrator)[::-1]
    assert first[0].startswith(cut)
    assert first[0].endswith("x…")
    assert first[1:] == [Deed.REFUSED, "", "192.0.2.9"]
    assert rest == [
        ["ana", Deed.SIGNED_IN, "", "192.0.2.9"],
        ["ana", Deed.SIGNED_OUT, "", "192.0.2.9"],
        ["administrator", Deed.LINK_MADE, "Kitchen", "192.0.2.1"],
        ["nobody known", Deed.LINK_OPENED, "Kitchen", "192.0.2.9"],
        ["administrator", Deed.LINK_REVOKED, "Kitchen", "192.0.2.1"],
        ["administrator", Deed.RULE_MADE, "On call", "192.0.2.1"],
        ["administrator", Deed.RULE_TRIED, "On call", "192.0.2.1"],
        ["administrator", Deed.RULE_REMOVED, "On call", "192.0.2.1"],
    ]
    kept = str(list(AuditEntry.objects.values()))
    assert "guessed-secret" not in kept
    assert address.split("/")[2] not in kept
    assert b"<script>alert" not in administrator.get("/audit/").content


def test_the_trail_is_filtered_by_person_and_kind_and_leafed_through(administrator: Client) -> None:
    for number in range(PAGE_SIZE + 1):
        audit.record(Deed.SIGNED_IN, Actor("ana" if number else "bob"))
    assert len(trail(administrator)) == PAGE_SIZE
    page = read(administrator.get("/audit/?who=ana&kind=signed+in"))
    assert page.one("input", id="who").attrs["value"] == "ana"
    assert [
        option.words() for option in page.one("select", id="kind").all("option") if "selected" in option.attrs
    ] == ["signed in"]
    older = read(administrator.get("/audit/")).one("a", rel="next").attrs["href"]
    rest = read(administrator.get(older))
    assert "bob" in rest.one("table", id="audit").words()
    assert rest.one("nav", class_="pager").one("a").attrs["href"] == "/audit/"
    assert "Nothing of that kind" in read(administrator.get("/audit/?who=nobody")).words()
    assert len(trail(administrator, "?kind=odd&before=x")) == PAGE_SIZE
    assert "No kind is called odd; all are shown." in read(administrator.get("/audit/?kind=odd")).words()
