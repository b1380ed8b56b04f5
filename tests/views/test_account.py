"""One-time codes: turned on and off by the person, and asked for after the password."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pyotp
import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.access import one_time_codes, pace
from dashboard.access.one_time_codes import MOST_FAILURES
from dashboard.access.sign_in_pace import PLACES
from dashboard.domain.states import Deed
from dashboard.models import AuditEntry, CodeDevice, Session
from tests.factories import NOW
from tests.feeds import live
from tests.markup import Element, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
PASSWORD = "long enough to hold"
NAMED = {"username": "ana", "password": PASSWORD, "next": "/runs/"}


@pytest.fixture
def ana(client: Client) -> User:
    live()
    user = User.objects.create_user("ana", password=PASSWORD)
    client.force_login(user)
    return user


def wrong(page: Element) -> str:
    return " ".join(element.words() for element in page.all("span", class_="wrong"))


def code_of(secret: str, seconds: int = 0) -> str:
    return pyotp.TOTP(secret).at(NOW + timedelta(seconds=seconds))


def turned_on(client: Client) -> tuple[str, list[str]]:
    """The key of the device that was set up, and the recovery codes."""
    page = read(client.get("/account/codes/"))
    key = page.one("code", class_="key").text
    form = {
        "setup": page.one("input", name="setup").attrs["value"],
        "code": code_of(key),
        "password": PASSWORD,
    }
    made = read(client.post("/account/codes/", form))
    assert "One-time codes are on." in made.words()
    return key, [code.text for code in made.one("ul", class_="recovery").all("code")]


def ticket(client: Client) -> dict[str, str]:
    """What the form for a code carries, after the right password."""
    page = read(client.post("/sign-in/", NAMED))
    assert client.get("/runs/").status_code == 302
    return {name: page.one("input", name=name).attrs["value"] for name in ("ticket", "next")}


def test_codes_are_turned_on_asked_for_and_turned_off(client: Client, ana: User) -> None:
    other = Client()
    other.force_login(ana)
    key, _ = turned_on(client)
    assert client.get("/runs/").status_code == 200
    assert other.get("/runs/").status_code == 302  # turning them on ends every other session
    again = ticket(other)
    refused = other.post("/sign-in/code/", again | {"code": code_of(key)})  # it was used to turn them on
    assert "was used before" in wrong(read(refused))
    assert other.get("/runs/").status_code == 302
    done = other.post("/sign-in/code/", again | {"code": code_of(key, 30)})
    assert done["Location"] == "/runs/"
    assert other.get("/runs/").status_code == 200
    assert "One-time codes are on." in read(client.get("/account/password/")).words()
    assert wrong(read(client.post("/account/codes/", {"password": "x"}))) == "That is not your password."
    off = read(client.post("/account/codes/", {"password": PASSWORD}))
    assert "Turn them on" in off.words()
    assert not CodeDevice.objects.exists()
    assert [session.user_id for session in Session.objects.all()] == [ana.pk]
    kinds = AuditEntry.objects.exclude(kind=Deed.SIGNED_IN).order_by("pk")
    assert [str(entry) for entry in kinds] == [
        "one-time codes on: ana",
        "sign-in refused: ana wrong one-time code",
        "one-time codes off: ana",
    ]
    kept = str(list(AuditEntry.objects.values()) + list(CodeDevice.objects.values()))
    assert key not in kept


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"code": "000000"}, "That is not what the device shows now. Check its clock, and try again."),
        ({"password": "x"}, "That is not your password."),
        ({"code": ""}, "This field is required."),
        ({"setup": "forged"}, "That is not what the device shows now."),
    ],
)
def test_a_setup_that_does_not_fit_is_refused_and_the_key_stays(
    client: Client, ana: User, changes: dict[str, str], reason: str
) -> None:
    page = read(client.get("/account/codes/"))
    key = page.one("code", class_="key").text
    signed = page.one("input", name="setup").attrs["value"]
    form = {"setup": signed, "code": code_of(key), "password": PASSWORD} | changes
    again = read(client.post("/account/codes/", form))
    assert reason in wrong(again)
    assert (again.one("code", class_="key").text == key) is ("setup" not in changes)
    typed = [again.one("input", id=f"id-{name}") for name in ("code", "password")]
    assert [field.attrs["value"] for field in typed] == ["", ""]
    assert not CodeDevice.objects.exists()


def test_a_recovery_code_lets_in_once(client: Client, ana: User) -> None:
    _, recovery = turned_on(client)
    browser = Client()
    assert browser.post("/sign-in/code/", ticket(browser) | {"code": recovery[0]})["Location"] == "/runs/"
    assert AuditEntry.objects.filter(kind=Deed.RECOVERED, who="ana").count() == 1
    browser.post("/sign-out/")
    assert wrong(read(browser.post("/sign-in/code/", ticket(browser) | {"code": recovery[0]})))


def test_many_wrong_codes_have_to_wait(client: Client, ana: User) -> None:
    key, _ = turned_on(client)
    CodeDevice.objects.update(failures=MOST_FAILURES, failed_at=NOW)
    browser = Client()
    response = browser.post("/sign-in/code/", ticket(browser) | {"code": code_of(key, 30)})
    assert (response.status_code, response["Retry-After"]) == (429, "600")
    assert "Wait 600 s, or use a recovery code." in wrong(read(response))


def test_codes_are_slowed_as_passwords_are(
    client: Client, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: 0.0))
    turned_on(client)
    browser = Client()
    form = ticket(browser)
    answers = [browser.post("/sign-in/code/", form | {"code": ""}) for _ in range(PLACES + 1)]
    assert [answer.status_code for answer in answers] == [200] * PLACES + [429]
    tries = [client.post("/account/codes/", {"password": "x"}) for _ in range(2)]
    assert all("Too many tries, so nothing was checked." in wrong(read(answer)) for answer in tries)


def test_a_step_without_a_password_before_it_begins_again(client: Client, ana: User, settings: Any) -> None:
    client.post("/sign-out/")
    assert client.get("/sign-in/code/")["Location"] == "/sign-in/"
    page = read(client.post("/sign-in/code/", {"ticket": "forged", "code": "1", "next": "/runs/"}))
    assert wrong(page) == "That took too long, so nothing was checked. Enter name and password again."
    assert page.one("input", name="next").attrs["value"] == "/runs/"
    settings.DASHBOARD_AUTH = "proxy"
    assert client.post("/sign-in/code/", {"ticket": one_time_codes.ticket(ana)}).status_code == 404
