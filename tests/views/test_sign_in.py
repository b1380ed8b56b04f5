"""Signing in and out, and the link that lets the first person in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client

from dashboard.access import pace, users
from dashboard.access.sign_in_pace import PLACES
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
    return [element.words() for element in page.all("span", class_="wrong")]


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
def test_a_wrong_name_and_a_wrong_password_answer_alike(client: Client, given: dict[str, str]) -> None:
    response = client.post("/sign-in/", given)
    assert response.status_code == 200
    [sentence] = wrong(read(response))
    assert sentence.startswith("Please enter a correct username and password.")
    assert read(response).one("input", type="password").attrs["value"] == ""
    assert read(response).one("input", type="text").attrs["value"] == given["username"]
    assert not signed_in(client)


def test_a_form_sent_half_filled_names_what_is_missing(client: Client) -> None:
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
    assert response["Clear-Site-Data"] == '"cache"'
    assert not signed_in(client)


@pytest.mark.usefixtures("person")
def test_a_session_that_was_ended_cannot_be_taken_up_again(client: Client) -> None:
    client.post("/sign-in/", NAMED)
    kept = client.cookies["sessionid"].value
    client.post("/sign-out/")
    client.cookies["sessionid"] = kept
    assert not signed_in(client)


def test_a_person_who_is_shut_out_or_gone_loses_every_session(client: Client, person: User) -> None:
    client.post("/sign-in/", NAMED)
    person.is_active = False
    person.save()
    assert not signed_in(client)
    person.is_active = True
    person.save()
    client.post("/sign-in/", NAMED)
    assert signed_in(client)
    person.delete()
    assert not signed_in(client)


@pytest.mark.usefixtures("person")
def test_a_form_from_elsewhere_is_refused_with_a_page_that_explains_it(client: Client) -> None:
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
    clock.shift(users.LINK_LASTS + 1)
    assert client.get(old).status_code == 404
    assert client.post(old, NAMED).status_code == 404
    assert not User.objects.exists()


@pytest.mark.parametrize("token", ["x", "ImZpcnN0Ig:abc:def", "%00", "é", "x" * 10_000])
def test_a_forged_link_lets_nobody_in(client: Client, token: str) -> None:
    assert client.get(f"/first-sign-in/{token}/").status_code == 404
    assert client.post(f"/first-sign-in/{token}/", NAMED).status_code == 404
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
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
    client: Client, given: dict[str, str], sentence: str
) -> None:
    response = client.post(link(), given)
    assert response.status_code == 200
    assert sentence in " ".join(wrong(read(response)))
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
    monkeypatch.setattr(users, "is_first_link", lambda token: True)
    response = client.post(both_see_nobody, NAMED)
    assert (response.status_code, response["Location"]) == (302, "/sign-in/")
    assert [user.username for user in User.objects.all()] == ["faster"]
    assert not signed_in(client)


def test_without_sign_in_whoever_comes_may_look(client: Client, settings: Any) -> None:
    required = "dashboard.views.signed_out.LoginRequiredMiddleware"
    assert required in configured.MIDDLEWARE
    settings.MIDDLEWARE = [name for name in configured.MIDDLEWARE if name != required]
    page = read(client.get("/runs/"))
    assert page.one("table" if page.all("table") else "main")
    assert not page.all("form", class_="who")
    assert client.get("/healthz").status_code == 503


# -- Guessing ---------------------------------------------------------------------------------------

WRONG = NAMED | {"password": "a guess"}
MOST = 5


def guessed(times: int, **given: str) -> list[int]:
    client = Client(REMOTE_ADDR=given.pop("address", "192.0.2.1"))
    return [client.post("/sign-in/", WRONG | given).status_code for _ in range(times)]


@pytest.mark.usefixtures("person")
def test_after_too_many_guesses_even_the_right_password_waits() -> None:
    assert guessed(MOST) == [200] * (MOST - 1) + [429]
    client = Client(REMOTE_ADDR="192.0.2.1")
    response = client.post("/sign-in/", NAMED | {"next": "/runs/?status=failed"})
    assert response.status_code == 429
    assert response["Retry-After"] == "600"
    assert "no-store" in response["Cache-Control"]
    page = read(response)
    assert wrong(page) == [
        "Too many wrong passwords for this name from your address. Wait 10 minutes, then try again."
    ]
    assert page.one("input", name="next").attrs["value"] == "/runs/?status=failed"
    assert not signed_in(client)


@pytest.mark.usefixtures("person")
def test_guessing_shuts_out_nobody_else() -> None:
    User.objects.create_user("colleague", password=PASSWORD)
    guessed(MOST + 3)
    for address, name in (("192.0.2.2", "reader"), ("192.0.2.1", "colleague")):
        client = Client(REMOTE_ADDR=address)
        assert client.post("/sign-in/", NAMED | {"username": name}).status_code == 302
        assert signed_in(client)


@pytest.mark.usefixtures("person")
def test_behind_a_proxy_the_visitors_address_cannot_be_forged(settings: Any) -> None:
    def tried(forwarded: str, came_from: str = "192.0.2.9") -> int:
        client = Client(REMOTE_ADDR=came_from)
        headers = {"X-Forwarded-For": forwarded}
        return client.post("/sign-in/", WRONG, headers=headers).status_code

    settings.TRUSTED_PROXY = "192.0.2.9"
    assert [tried(f"203.0.113.{n}, 198.51.100.1") for n in range(MOST)][-1] == 429
    assert tried("198.51.100.2") == 200
    assert [tried(f"203.0.113.{n}", came_from="192.0.2.8") for n in range(MOST)][-1] == 429


@pytest.mark.usefixtures("person")
def test_waiting_lets_a_person_in_again_however_often_it_was_tried(clock: time_machine.Traveller) -> None:
    guessed(MOST)
    clock.shift(599)
    assert guessed(3) == [429] * 3
    clock.shift(2)
    client = Client(REMOTE_ADDR="192.0.2.1")
    assert client.post("/sign-in/", NAMED).status_code == 302


@pytest.mark.usefixtures("person")
def test_signing_in_forgets_the_wrong_ones_before_it() -> None:
    for _ in range(2):
        assert guessed(MOST - 1) == [200] * (MOST - 1)
        assert Client(REMOTE_ADDR="192.0.2.1").post("/sign-in/", NAMED).status_code == 302


@pytest.mark.usefixtures("person")
def test_a_guess_is_kept_and_logged_without_its_password(caplog: pytest.LogCaptureFixture) -> None:
    guessed(MOST, password="nearly the right one")
    assert "reader" in caplog.text
    assert "192.0.2.1" in caplog.text
    assert "nearly" not in caplog.text
    kept = str(list(AccessAttempt.objects.values()))
    assert "reader" in kept
    assert "nearly" not in kept


# -- One's own password -----------------------------------------------------------------------------

NEW = "another that holds well"
CHANGE = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}


@pytest.mark.usefixtures("person")
def test_a_person_changes_the_password_and_every_other_session_ends(client: Client) -> None:
    other = Client()
    for browser in (client, other):
        browser.post("/sign-in/", NAMED)
    assert read(client.get("/runs/")).one("form", class_="who").one("a").attrs["href"] == "/account/password/"
    page = read(client.post("/account/password/", CHANGE))
    assert page.one("p", class_="banner").words() == "The password is changed."
    assert signed_in(client)
    assert not signed_in(other)
    assert other.post("/sign-in/", NAMED).status_code == 200
    assert other.post("/sign-in/", NAMED | {"password": NEW}).status_code == 302


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"old_password": "not it"}, "Your old password was entered incorrectly."),
        ({"new_password2": "different"}, "The two password fields didn"),
        ({"new_password1": "short", "new_password2": "short"}, "This password is too short."),
        ({"new_password1": "password123", "new_password2": "password123"}, "This password is too common."),
        ({"old_password": ""}, "This field is required."),
    ],
)
def test_a_password_that_cannot_be_used_is_refused_with_the_reason(
    client: Client, changes: dict[str, str], sentence: str
) -> None:
    client.post("/sign-in/", NAMED)
    page = read(client.post("/account/password/", CHANGE | changes))
    assert sentence in " ".join(wrong(page))
    assert {field.attrs["value"] for field in page.all("input", type="password")} == {""}
    assert User.objects.get().check_password(PASSWORD)


def test_whom_this_site_keeps_no_password_for_has_none_to_change(client: Client) -> None:
    client.force_login(
        User.objects.create_user("from-elsewhere"), "django.contrib.auth.backends.ModelBackend"
    )
    assert client.get("/account/password/").status_code == 404
    assert client.post("/account/password/", CHANGE).status_code == 404
    page = read(client.get("/runs/"))
    assert not page.one("form", class_="who").all("a")


@pytest.mark.usefixtures("person")
def test_a_flood_of_names_is_answered_without_hashing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: 0.0))
    hashed: list[str] = []
    monkeypatch.setattr(User, "set_password", lambda _user, password: hashed.append(password))
    answers = [client.post("/sign-in/", {"username": f"name{n}", "password": "x"}) for n in range(30)]
    assert [answer.status_code for answer in answers] == [200] * PLACES + [429] * (30 - PLACES)
    assert len(hashed) == PLACES  # an unknown name is hashed too, so that it takes as long as a known one
    assert answers[-1]["Retry-After"] == "3"
    page = read(answers[-1])
    assert "nothing was checked. Try again in 3 s." in page.words()
    assert page.one("input", name="username").attrs["value"] == "name29"


@pytest.mark.usefixtures("person")
def test_a_colleague_behind_the_same_address_still_signs_in(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: 0.0))
    colleague = Client()
    assert colleague.post("/sign-in/", NAMED).status_code == 302
    colleague.post("/sign-out/")
    for number in range(2 * PLACES):
        client.post("/sign-in/", {"username": f"name{number}", "password": "x"})
    assert client.post("/sign-in/", NAMED).status_code == 429
    assert colleague.post("/sign-in/", NAMED).status_code == 302
