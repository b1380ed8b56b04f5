"""Who may see what: every address says it here, and whoever comes without credentials learns nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

from dashboard.access import share_links
from tests.factories import NOW, deployment_record, run_record, somebody, stored_deployments, stored_runs
from tests.feeds import live
from tests.views.test_site import routes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account", "kept")]
ANYBODY, HOLDER, PERSON = "anybody", "whoever holds a link", "a signed-in person"
WHO = {
    **dict.fromkeys(("overview", "deployments", "deployment", "runs", "run", "failures", "failure"), PERSON),
    **dict.fromkeys(("calendar", "calendar-feed", "badge", "timeline"), PERSON),
    **dict.fromkeys(("handover", "handover-text", "handover-read", "handover-send"), PERSON),
    **dict.fromkeys(
        (
            "runs-csv",
            "runs-json",
            "deployments-csv",
            "deployments-json",
            "failures-csv",
            "failures-json",
            "metrics",
        ),
        PERSON,
    ),
    **dict.fromkeys(("jump", "wallboard", "refresh", "refreshed", "runs-feed", "choices"), PERSON),
    **dict.fromkeys(("links", "revoke-link", "take-over-link", "password", "sign-out", "view"), PERSON),
    **dict.fromkeys(
        ("saved-views", "saved-view", "rules", "rule", "codes", "people", "person", "audit"), PERSON
    ),
    **dict.fromkeys(("quiet-windows", "quiet-window", "notes", "note"), PERSON),
    **dict.fromkeys(("link", "link-file"), HOLDER),
    **dict.fromkeys(
        ("sign-in", "sign-in-code", "first-sign-in", "set-password", "stylesheet", "script"), ANYBODY
    ),
    **dict.fromkeys(("livez", "readyz", "healthz"), ANYBODY),
    **dict.fromkeys(("single-sign-on", "single-sign-on-back"), ANYBODY),
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X\u00e9")
# Words of the fleet: what nobody without credentials may see a byte of.
FLEET = (
    "dep_walk",
    "Nightly walk",
    "drun_",
    "agent_walk",
    "env_walk",
    "secret prompt",
    "walk failed",
)


@pytest.fixture
def kept() -> None:
    """A fleet with something to hide."""
    live()
    schedule = deployment_record()["schedule"] | {"upcoming_runs_at": ["2026-06-17T09:00:00Z"]}
    fields = {"agent": {"id": "agent_walk", "version": 1}, "environment_id": "env_walk", "schedule": schedule}
    prompt = [{"type": "user.message", "content": "secret prompt"}]
    stored_deployments(deployment_record("walk", name="Nightly walk", initial_events=prompt, **fields))
    error = {"type": "x", "message": "walk failed"}
    stored_runs(run_record(1, NOW, "failed", deployment_id="dep_walk", error=error))


def addresses() -> Iterator[tuple[str, str]]:
    """Every route and an address of something that is there."""
    for name, address in routes():
        yield name, address.replace("dep_a", "dep_walk")


def asked(client: Client, method: str, address: str) -> HttpResponse:
    """The answer to that method, with and without what htmx says of itself."""
    answer: Any = client.generic(method, address, headers={"HX-Request": "true", "HX-Target": "list"})
    plain: Any = client.generic(method, address)
    assert plain.status_code == answer.status_code
    return HttpResponse(answer.content + plain.content, status=plain.status_code, headers=plain.headers)


def revealed(response: Any) -> list[str]:
    """The words of the fleet that an answer holds, in its body or its headers."""
    text = response.content.decode() + str(dict(response.items())).replace(response.get("Location", " "), "")
    return [word for word in FLEET if word in text]


def test_every_address_is_open_or_protected_on_purpose() -> None:
    """A new one fails here until it is in the table above, and its view does what the table says."""
    assert {name for name, _ in routes()} == set(WHO)
    assert "None" not in WHO
    for name, address in routes():
        needs_a_person = getattr(resolve(address).func, "login_required", True)
        assert needs_a_person is (WHO[name] == PERSON), name


@pytest.mark.parametrize("checks", [False, True], ids=["any form", "our forms"])
def test_without_credentials_no_address_shows_anything(checks: bool) -> None:
    client = Client(enforce_csrf_checks=checks)
    for (name, address), method in itertools.product(addresses(), METHODS):
        response = asked(client, method, address)
        case = name, method, response.status_code
        assert revealed(response) == [], case
        if WHO[name] == PERSON:
            sent_away = response.status_code == 302 and response["Location"].startswith("/sign-in/?next=")
            assert sent_away or response.status_code in (403, 405), case
        elif WHO[name] == HOLDER:
            assert response.status_code in (403, 404, 405), case
        else:
            assert response.status_code in (200, 301, 302, 403, 404, 405), case


@pytest.mark.parametrize(
    ("kind", "query", "file", "shown"),
    [
        ("calendar", "/calendar.ics", "calendar.ics", {"dep_walk", "Nightly walk"}),
        ("atom", "/runs.atom", "runs.atom", {"drun_", "Nightly walk", "walk failed"}),
        ("wallboard", "/wallboard/", "", {"dep_walk", "Nightly walk", "walk failed"}),
        ("metrics", "/metrics", "metrics", {"dep_walk", "Nightly walk", "agent_walk", "env_walk"}),
    ],
)
def test_with_a_link_that_view_only(kind: str, query: str, file: str, shown: set[str]) -> None:
    _, token = share_links.make("x", kind, query, made_by=somebody(), now=NOW, lasts=None)
    opened = f"/l/{token}/{file}"
    client = Client()
    assert b"Nightly walk" in client.get(opened).content
    # Views never see which kind of link they are asked through: one kind is tried with every method.
    methods = METHODS if kind == "atom" else ("GET", "POST")
    for (name, address), method in itertools.product(addresses(), methods):
        for variant in (address.replace("forged", token), f"{address}?token={token}"):
            response = asked(client, method, variant)
            if variant.partition("?")[0] == opened and method.upper() == "GET":
                assert set(revealed(response)) == shown
            else:
                assert revealed(response) == [], (name, method)


def test_only_an_address_of_the_table_is_there(client: Client) -> None:
    for odd in (
        "/admin/",
        "/api/",
        "/.git/config",
        "/static/../config/settings.py",
        "/var/secret-key",
        "/l/",
    ):
        response = client.get(odd)
        assert response.status_code == 404, odd
        assert revealed(response) == []
