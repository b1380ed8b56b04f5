"""Two tabs: what a form does that was opened before a sign-out or a sign-in in the other one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.access import share_links
from dashboard.models import Feed
from tests.feeds import live
from tests.markup import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account", "person")]
PASSWORD = "long enough to hold"
NAMED = {"username": "reader", "password": PASSWORD}
OURS, ELSEWHERE = {"Origin": "http://testserver"}, {"Origin": "https://evil.example"}


@pytest.fixture
def person() -> User:
    live()
    return User.objects.create_user("reader", password=PASSWORD)


@pytest.fixture
def browser() -> Client:
    """A browser whose forms have to carry their token; several tabs share its cookies."""
    return Client(enforce_csrf_checks=True)


def token(browser: Client, address: str = "/sign-in/") -> dict[str, str]:
    """The token of the forms of a page, as a tab keeps it."""
    fields = read(browser.get(address)).all("input", name="csrfmiddlewaretoken")
    return {"csrfmiddlewaretoken": fields[0].attrs["value"]}


def sign_in(browser: Client) -> None:
    assert browser.post("/sign-in/", NAMED | token(browser)).status_code == 302


def sign_out(browser: Client) -> None:
    assert browser.post("/sign-out/", token(browser, "/runs/")).status_code == 302


def signed_in(browser: Client) -> bool:
    return browser.get("/runs/").status_code == 200


def leads_to(response: Any) -> str:
    assert response.status_code == 302
    return str(response["Location"])


def old_tab(browser: Client) -> dict[str, str]:
    """The token of a tab that was opened by a session that has ended since."""
    sign_in(browser)
    kept = token(browser, "/runs/")
    sign_out(browser)
    return kept


@pytest.mark.parametrize("headers", [{}, OURS], ids=["no origin", "our origin"])
@pytest.mark.parametrize("again", [False, True], ids=["token fits", "token stale"])
def test_signing_out_where_the_other_tab_already_has_leads_to_the_sign_in(
    browser: Client, headers: dict[str, str], again: bool
) -> None:
    kept = old_tab(browser)
    if again:
        sign_in(browser)
        sign_out(browser)
    response = browser.post("/sign-out/", kept, headers=headers | {"Referer": "http://testserver/runs/?q=a"})
    assert leads_to(response) == "/sign-in/?next=/runs/%3Fq%3Da"
    sign_in_page = browser.get(response["Location"])
    assert read(sign_in_page).one("input", name="next").attrs["value"] == "/runs/?q=a"


def test_signing_out_without_any_cookie_leads_to_the_sign_in(browser: Client) -> None:
    kept = old_tab(browser)
    browser.cookies.clear()
    assert leads_to(browser.post("/sign-out/", kept)) == "/sign-in/?next=/"


def test_signing_out_in_a_tab_that_is_older_than_the_session_signs_out(browser: Client) -> None:
    kept = old_tab(browser)
    sign_in(browser)
    assert browser.post("/sign-out/", kept).status_code == 403  # nothing says that the form is ours
    assert signed_in(browser)
    assert leads_to(browser.post("/sign-out/", kept, headers=OURS)) == "/sign-in/"
    assert not signed_in(browser)


@pytest.mark.parametrize("headers", [{}, OURS], ids=["no origin", "our origin"])
def test_signing_in_a_second_time_leads_on(browser: Client, headers: dict[str, str]) -> None:
    kept = token(browser)
    sign_in(browser)
    wanted = NAMED | kept | {"next": "/runs/?status=failed"}
    assert leads_to(browser.post("/sign-in/", wanted, headers=headers)) == "/runs/?status=failed"
    assert leads_to(browser.post("/sign-in/", wanted | {"next": "//evil.example"}, headers=headers)) == "/"
    assert leads_to(browser.post("/first-sign-in/x/", NAMED | kept, headers=headers)) == "/"


def test_signing_in_with_a_form_older_than_the_last_session_asks_again(
    browser: Client,
) -> None:
    kept = token(browser)
    sign_in(browser)
    sign_out(browser)
    response = browser.post("/sign-in/", NAMED | kept | {"next": "/runs/"})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    page = read(response)
    assert page.one("span", class_="wrong").words().startswith("This form was out of date")
    assert page.one("input", id="id-username").attrs["value"] == "reader"
    assert page.one("input", type="password").attrs["value"] == ""
    fresh = {name: page.one("input", name=name).attrs["value"] for name in ("csrfmiddlewaretoken", "next")}
    assert leads_to(browser.post("/sign-in/", NAMED | fresh)) == "/runs/"


@pytest.mark.parametrize("address", ["/sign-in/", "/sign-out/", "/refresh/", "/links/"])
@pytest.mark.parametrize("inside", [False, True], ids=["signed out", "signed in"])
def test_a_form_from_another_site_is_refused_with_and_without_a_session(
    browser: Client, address: str, inside: bool
) -> None:
    kept = old_tab(browser)
    if inside:
        sign_in(browser)
    for given in (kept, {}, token(browser, "/links/" if inside else "/sign-in/")):
        assert browser.post(address, NAMED | given, headers=ELSEWHERE).status_code == 403
    assert signed_in(browser) is inside
    assert Feed.objects.get().asked_at is None
    assert not share_links.all_links()


def test_refreshing_in_a_tab_that_is_older_than_the_session_asks(browser: Client) -> None:
    kept = old_tab(browser)
    sign_in(browser)
    assert browser.post("/refresh/", kept).status_code == 403
    response = browser.post("/refresh/", kept, headers=OURS | {"Accept": "application/json"})
    assert response.status_code == 202
    assert Feed.objects.get().asked_at


@pytest.mark.parametrize(
    "address", ["/refresh/", "/links/", "/links/1/revoke/", "/links/1/take-over/", "/account/password/"]
)
def test_after_signing_out_no_form_leads_where_only_a_form_goes(browser: Client, address: str) -> None:
    for kept in (old_tab(browser), token(browser)):
        for referer in ("", "https://evil.example/runs/", "http://testserver"):
            headers = {"Referer": referer} if referer else {}
            assert leads_to(browser.post(address, kept, headers=headers)) == "/sign-in/?next=/"


def test_a_form_that_makes_something_takes_a_token_that_fits(browser: Client) -> None:
    kept = old_tab(browser)
    sign_in(browser)
    form = {"name": "x", "kind": "calendar", "of": "/calendar/", "expires": "never"}
    assert browser.post("/links/", form | kept, headers=OURS).status_code == 403
    assert not share_links.all_links()


def test_where_nobody_signs_in_a_form_that_does_not_fit_is_refused(browser: Client, settings: Any) -> None:
    settings.DASHBOARD_AUTH = "none"
    assert browser.post("/refresh/", {}).status_code == 403


def test_where_nobody_has_a_password_there_is_no_form_to_send_again(browser: Client, settings: Any) -> None:
    kept = token(browser)
    sign_in(browser)
    sign_out(browser)
    settings.DASHBOARD_AUTH = "oidc"
    assert browser.post("/sign-in/", NAMED | kept).status_code == 404
