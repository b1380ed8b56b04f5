"""Signing in and out, and the link that lets the first person in."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client

from dashboard.services import people
from tests.markup import Element, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
PASSWORD = "long enough to hold"
NAMED = {"username": "reader", "password": PASSWORD}


@pytest.fixture
def person() -> User:
    return User.objects.create_user("reader", password=PASSWORD)


def signed_in(client: Client) -> bool:
    return client.get("/runs/").status_code == 200


def link() -> str:
    """The link that the server prints while nobody has an account."""
    return f"/first-sign-in/{signing.dumps('first', salt='first-sign-in')}/"


def wrong(page: Element) -> list[str]:
    return [found.words() for found in page.all("span", class_="wrong")]


@pytest.mark.usefixtures("person")
def test_a_person_signs_in_and_is_led_to_the_first_page(client: Client) -> None:
    assert not signed_in(client)
    response = client.post("/sign-in/", NAMED)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert signed_in(client)
    assert read(client.get("/runs/")).one("form", class_="who").one("b").words() == "reader"


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize(
    "given",
    [
        NAMED | {"password": "something else"},
        NAMED | {"username": "nobody"},
        NAMED | {"username": "' OR 1=1 --"},
        NAMED | {"password": PASSWORD + " "},
    ],
)
def test_a_wrong_name_or_password_says_the_same_and_lets_nobody_in(
    client: Client, given: dict[str, str]
) -> None:
    response = client.post("/sign-in/", given)
    assert response.status_code == 200
    [said] = wrong(read(response))
    assert said.startswith("Please enter a correct username and password.")
    assert read(response).one("input", type="password").attrs["value"] == ""
    assert read(response).one("input", type="text").attrs["value"] == given["username"]
    assert not signed_in(client)


def test_a_form_sent_half_filled_says_what_is_missing(client: Client) -> None:
    page = read(client.post("/sign-in/", {"username": "", "password": "x"}))
    assert wrong(page) == ["This field is required."]
    assert page.one("input", id="id-username").attrs["aria-describedby"] == "wrong-username"


def test_a_person_who_was_shut_out_is_let_in_no_more(client: Client, person: User) -> None:
    person.is_active = False
    person.save()
    client.post("/sign-in/", NAMED)
    assert not signed_in(client)


@pytest.mark.usefixtures("person")
def test_a_page_that_was_wanted_is_where_signing_in_leads(client: Client) -> None:
    wanted = "/runs/?status=failed&since=24h"
    sent = client.get(wanted)
    assert sent.status_code == 302
    page = read(client.get(sent["Location"]))
    carried = page.one("input", name="next").attrs["value"]
    assert carried == wanted
    assert client.post("/sign-in/", NAMED | {"next": carried})["Location"] == wanted


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "\\\\evil.example",
    "/\\evil.example",
    "https://testserver@evil.example/",
    "http://testserver.evil.example/",
    " https://evil.example/",
    "\x00//evil.example",
    "data:text/html,x",
]


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_signing_in_never_leads_off_the_site(client: Client, wanted: str) -> None:
    page = read(client.get(f"/sign-in/?next={quote(wanted)}"))
    assert not page.all("input", name="next")
    assert client.post("/sign-in/", NAMED | {"next": wanted})["Location"] == "/"


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize("wanted", ["/runs/\r\nX-Forged: 1", "/<script>", "/runs/?q=é🙂", "/" + "x" * 5_000])
def test_an_odd_page_of_the_site_is_an_address_and_nothing_more(client: Client, wanted: str) -> None:
    page = read(client.get(f"/sign-in/?next={quote(wanted)}"))
    assert not page.all("script")
    response = client.post("/sign-in/", NAMED | {"next": wanted})
    assert response.status_code == 302
    assert response["Location"].startswith("/")
    assert "X-Forged" not in response


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize("wanted", ["nonsense", "deployment", "run"])
def test_a_next_that_is_no_path_leads_to_the_first_page(client: Client, wanted: str) -> None:
    assert client.post("/sign-in/", NAMED | {"next": wanted})["Location"] == "/"


@pytest.mark.usefixtures("person")
def test_signing_out_ends_the_session_and_only_by_post(client: Client) -> None:
    client.post("/sign-in/", NAMED)
    assert client.get("/sign-out/").status_code == 405
    assert client.head("/sign-out/").status_code == 405
    assert signed_in(client)
    response = client.post("/sign-out/")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/")
    assert not signed_in(client)


@pytest.mark.usefixtures("person")
def test_a_form_from_elsewhere_is_refused_with_a_page_that_says_so(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/sign-in/", NAMED)
    assert response.status_code == 403
    assert read(response).one("h1").words() == "Not allowed"
    token = read(strict.get("/sign-in/")).one("input", name="csrfmiddlewaretoken").attrs["value"]
    assert strict.post("/sign-in/", NAMED | {"csrfmiddlewaretoken": token}).status_code == 302


@pytest.mark.usefixtures("person")
def test_signing_in_gives_a_new_session(client: Client) -> None:
    client.cookies["sessionid"] = "planted"
    client.post("/sign-in/", NAMED)
    assert client.cookies["sessionid"].value not in ("", "planted")
    assert client.cookies["sessionid"]["httponly"]


def test_the_first_person_is_let_in_by_the_link_once(client: Client) -> None:
    page = read(client.get(link()))
    assert page.one("title").words() == "First sign-in"
    assert page.one("input", type="password").attrs["autocomplete"] == "new-password"
    first = link()
    response = client.post(first, NAMED)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert signed_in(client)
    assert User.objects.get().is_superuser
    assert Client().get(first).status_code == 404
    assert Client().post(first, NAMED | {"username": "second"}).status_code == 404
    assert User.objects.count() == 1


@pytest.mark.usefixtures("person")
def test_the_link_is_dead_once_there_is_anyone(client: Client) -> None:
    response = client.get(link())
    assert response.status_code == 404
    assert "This link is used up or too old." in read(response).words()


def test_the_link_is_dead_when_it_is_too_old(client: Client, clock: time_machine.Traveller) -> None:
    old = link()
    clock.shift(people.LINK_LASTS + 1)
    assert client.get(old).status_code == 404
    assert client.post(old, NAMED).status_code == 404
    assert not User.objects.exists()


@pytest.mark.parametrize("token", ["x", "ImZpcnN0Ig:abc:def", "%00", "é", "x" * 10_000])
def test_a_forged_link_lets_nobody_in(client: Client, token: str) -> None:
    assert client.get(f"/first-sign-in/{token}/").status_code == 404
    assert client.post(f"/first-sign-in/{token}/", NAMED).status_code == 404
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (NAMED | {"password": "short"}, "This password is too short."),
        (NAMED | {"password": "password123"}, "This password is too common."),
        (NAMED | {"username": "two words"}, "Enter a valid username."),
        (NAMED | {"username": "x" * 151}, "at most 150 characters"),
        (NAMED | {"username": ""}, "This field is required."),
        (NAMED | {"username": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_a_weak_password_or_an_odd_name_makes_nobody(
    client: Client, given: dict[str, str], said: str
) -> None:
    response = client.post(link(), given)
    assert response.status_code == 200
    assert said in " ".join(wrong(read(response)))
    assert read(response).one("input", type="password").attrs["value"] == ""
    assert not User.objects.exists()


def test_a_password_that_is_the_name_is_refused(client: Client) -> None:
    client.post(link(), {"username": "wallboard-person", "password": "wallboard-person"})
    assert not User.objects.exists()


def test_of_two_people_who_race_for_the_link_one_is_first(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_see_nobody = link()
    User.objects.create_user("faster")
    monkeypatch.setattr(people, "is_first_link", lambda token: True)
    response = client.post(both_see_nobody, NAMED)
    assert (response.status_code, response["Location"]) == (302, "/sign-in/")
    assert [user.username for user in User.objects.all()] == ["faster"]
    assert not signed_in(client)


def test_without_sign_in_whoever_comes_may_look(client: Client, settings: Any) -> None:
    required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    assert required in configured.MIDDLEWARE
    settings.MIDDLEWARE = [name for name in configured.MIDDLEWARE if name != required]
    page = read(client.get("/runs/"))
    assert page.one("table" if page.all("table") else "main")
    assert not page.all("form", class_="who")
    assert client.get("/healthz").status_code == 503
