"""Headers and cookies of every answer, whoever asks and however it ends; plain and behind TLS."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.access import share_links
from tests.factories import NOW, deployment_record, run_record, somebody, stored_deployments, stored_runs
from tests.feeds import live
from tests.views.test_site import routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account", "kept")]
PASSWORD = "long enough to hold"
KEPT_BY_ANYBODY = {"stylesheet", "script"}  # the same for everybody
PUBLIC_ASSETS = ("/static/js/site.js", "/static/favicon.svg")
POLICY = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    **dict.fromkeys(("script-src", "style-src", "img-src", "connect-src", "form-action"), "'self'"),
    "manifest-src": "'self'",
}


@pytest.fixture
def kept() -> None:
    live()
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW, "failed"))


def answers(*clients: Client, secure: bool = False) -> list[tuple[str, Any]]:
    """What every route answers to each of them, and what an address that leads nowhere does."""
    _, token = share_links.make("x", "calendar", "/calendar.ics", made_by=somebody(), now=NOW, lasts=None)
    everywhere = [
        *routes(),
        ("opened", f"/l/{token}/calendar.ics"),
        ("nowhere", "/nowhere/"),
        ("slash", "/runs"),
    ]
    return [
        (name, client.get(address, secure=secure))
        for client, (name, address) in itertools.product(clients, everywhere)
    ]


def test_every_answer_carries_every_header(reader: Client) -> None:
    for name, response in answers(reader, Client()):
        policy = response["Content-Security-Policy"].split("; ")
        assert dict(part.strip("; ").split(" ", 1) for part in policy) == POLICY, name
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Agent-Runs"] == "1"  # static/js/ours.js shows nothing without it
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == ("no-referrer" if name == "opened" else "same-origin")
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        assert response["Cross-Origin-Resource-Policy"] == (
            "cross-origin" if name == "opened" else "same-origin"
        )
        assert "camera=()" in response["Permissions-Policy"]
        assert "noindex" in response["X-Robots-Tag"]
        assert "Strict-Transport-Security" not in response
        assert "Server" not in response
        assert "X-Powered-By" not in response
        assert "Access-Control-Allow-Origin" not in response


def test_no_shared_cache_keeps_anything_but_the_stylesheet(reader: Client) -> None:
    for name, response in answers(reader, Client()):
        directives = {word.strip() for word in response["Cache-Control"].split(",")}
        if name in KEPT_BY_ANYBODY:
            continue
        assert directives & {"private", "no-store"}, name
        assert "public" not in directives
        assert directives & {"no-cache", "no-store"}, name


def test_every_text_names_its_charset(reader: Client) -> None:
    for name, response in answers(reader, Client()):
        assert response["Content-Type"].endswith("; charset=utf-8"), name


@pytest.mark.parametrize("address", PUBLIC_ASSETS)
def test_files_carry_them_too(client: Client, address: str) -> None:
    response = client.get(address)
    response.close()
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Set-Cookie" not in response


def test_only_signing_in_sets_cookies_and_scripts_cannot_read_them(client: Client) -> None:
    User.objects.create_user("ana", password=PASSWORD)
    for name, response in answers(Client()):
        assert not {"sessionid"} & response.cookies.keys(), name
    client.post("/sign-in/", {"username": "ana", "password": PASSWORD})
    assert set(client.cookies) == {"sessionid", "csrftoken", "browser"}
    for cookie in client.cookies.values():
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert not cookie["domain"]


@pytest.fixture
def behind_tls(settings: Any) -> None:
    """The settings that an https origin gives: which they are, the tests of the settings say."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    settings.KNOWN_BROWSER_COOKIE_NAME, settings.BEHIND_TLS = "__Host-browser", True


@pytest.mark.usefixtures("behind_tls")
def test_behind_tls_answers_and_cookies_insist_on_tls() -> None:
    User.objects.create_user("ana", password=PASSWORD)
    client = Client()
    client.post("/sign-in/", {"username": "ana", "password": PASSWORD}, secure=True)
    assert set(client.cookies) == {"__Host-sessionid", "__Host-csrftoken", "__Host-browser"}
    assert all(cookie["secure"] for cookie in client.cookies.values())
    for name, response in answers(client, Client(), secure=True):
        assert response["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload", name


@pytest.mark.usefixtures("behind_tls")
def test_behind_tls_a_plain_request_is_only_redirected(client: Client) -> None:
    for name, response in answers(client):
        if name in ("livez", "readyz", "healthz"):
            continue
        assert (response.status_code, response.content) == (301, b""), name
        assert response["Location"].startswith("https://")
