"""What holds for every page: who may see it, which headers it carries, which methods it takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from dashboard.domain.fingerprints import fingerprint
from dashboard.models import Deployment, Feed, Gap, Run
from dashboard.services.status import database
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import failing, live
from tests.markup import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
FILLED = {
    "fingerprint": fingerprint("timeout_error", "Turn 1 did not finish"),
    "deployment_id": "dep_a",
    "run_id": f"drun_{1:032x}",
    "token": "forged",
    "file": "calendar.ics",
    "pk": "1",
    "version": "0" * 12,
    "asked": "0-0",
    "name": "agent",
}
KINDS = {"IdConverter": "id", "StringConverter": "str", "IntConverter": "int"}
LISTS = ["/runs/", "/deployments/", "/failures/"]
PAGES = [
    *LISTS,
    "/",
    "/deployments/dep_a/",
    f"/runs/{FILLED['run_id']}/",
    f"/failures/{FILLED['fingerprint']}/",
    "/wallboard/",
]


def routes() -> Iterator[tuple[str, str]]:
    """Every route by name, and an address under it."""
    for pattern in get_resolver().url_patterns:
        assert isinstance(pattern, URLPattern), f"{pattern} is a table of its own: walk it as well"
        address = "/" + str(pattern.pattern)
        for name, converter in pattern.pattern.converters.items():
            kind = KINDS[type(converter).__name__]
            address = address.replace(f"<{kind}:{name}>", FILLED[name])
        assert "<" not in address
        yield str(pattern.name), address


@pytest.fixture
def kept() -> None:
    """A little of everything, so that a page that can be seen has something to show."""
    live()
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW, "failed"))


@pytest.mark.usefixtures("kept")
def test_every_route_answers_a_signed_in_person(reader: Client) -> None:
    answers = {name: reader.get(address).status_code for name, address in routes()}
    assert answers == {
        **dict.fromkeys(
            (
                *("overview", "deployments", "deployment", "runs", "run", "failures", "failure"),
                *(
                    "calendar",
                    "timeline",
                    "handover",
                    "handover-text",
                    "handover-send",
                    "calendar-feed",
                    "wallboard",
                    "badge",
                    "links",
                    "password",
                    "runs-feed",
                    "view",
                    "saved-views",
                    "rules",
                    "codes",
                    "quiet-windows",
                    "notes",
                ),
                "choices",
                "jump",
                *(
                    "runs-csv",
                    "runs-json",
                    "deployments-csv",
                    "deployments-json",
                    "failures-csv",
                    "failures-json",
                ),
                *("sign-in", "livez", "readyz", "healthz", "refreshed", "metrics"),
            ),
            200,
        ),
        **dict.fromkeys(("first-sign-in", "set-password"), 404),
        **dict.fromkeys(("people", "audit"), 403),  # administrators alone
        "sign-in-code": 302,
        **dict.fromkeys(
            (
                *("sign-out", "refresh", "revoke-link", "take-over-link", "saved-view", "rule", "person"),
                *("handover-read", "quiet-window"),
            ),
            405,
        ),
        **dict.fromkeys(("note", "link", "link-file", "single-sign-on", "single-sign-on-back"), 404),
        **dict.fromkeys(("stylesheet", "script"), 404),
    }


def test_the_first_page_is_the_overview(reader: Client) -> None:
    assert read(reader.get("/")).all("title")[0].words() == "(first reading) Overview"


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("address", PAGES)
def test_every_page_carries_headers_that_keep_it_to_itself(reader: Client, address: str) -> None:
    response = reader.get(address)
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert {word.strip() for word in response["Cache-Control"].split(",")} == {"private", "no-store"}


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("address", [*PAGES, "/sign-in/", "/nowhere/"])
def test_no_page_needs_an_inline_script_or_style(reader: Client, address: str) -> None:
    page = read(reader.get(address))
    assert not page.all("style")
    assert all(script.attrs["src"].startswith("/script/") for script in page.all("script"))
    inline = {"style", "onclick", "onload", "onerror", "onsubmit", "onchange"}
    assert not [element for element in page.inner if inline & element.attrs.keys()]


@pytest.mark.usefixtures("kept")
def test_every_script_icon_and_stylesheet_of_a_page_is_served(reader: Client) -> None:
    page = read(reader.get("/runs/"))
    rows = [element.attrs["src"] for element in page.all("script")]
    links = [element.attrs["href"] for element in page.all("link")]
    rows += [href for href in links if not href.startswith("#")]
    assert len(rows) == 3
    for address in rows:
        response = Client().get(address)
        response.close()
        assert response.status_code == 200, address


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("address", [*PAGES, "/livez", "/readyz", "/healthz"])
def test_a_head_is_answered_without_a_body_and_nothing_else_but_a_get(reader: Client, address: str) -> None:
    response = reader.head(address)
    assert (response.status_code, response.content) == (200, b"")
    for method in (reader.post, reader.put, reader.patch, reader.delete):
        assert method(address).status_code == 405


@pytest.mark.usefixtures("kept")
def test_looking_changes_nothing(reader: Client) -> None:
    def everything() -> list[Any]:
        tables = (Run, Deployment, Feed, Gap, User)
        return [list(table.objects.order_by("pk").values()) for table in tables]

    Snapshot(timezone.now())  # as the sync would, this judges what was written by hand
    before = everything()
    for _, address in routes():
        reader.get(address)
        reader.get(f"{address}?status=failed&cursor=x&sort=duration", headers={"HX-Request": "true"})
    assert everything() == before


def test_an_address_that_leads_nowhere_says_so(client: Client) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert read(response).one("main").words() == "Not found There is no such page. Go to the overview"


def test_an_address_without_its_slash_leads_to_the_one_with_it(reader: Client) -> None:
    response = reader.get("/runs?status=failed")
    assert (response.status_code, response["Location"]) == (301, "/runs/?status=failed")


def test_a_host_that_is_not_ours_is_refused_with_a_page(reader: Client) -> None:
    response = reader.get("/runs/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert read(response).one("h1").words() == "That request cannot be answered"


def test_a_page_that_breaks_says_so_without_telling_how(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("dashboard.services.runs.list.list_runs", breaks)
    reader.raise_request_exception = False
    response = reader.get("/runs/")
    assert response.status_code == 500
    assert read(response).one("h1").words() == "Something broke here"
    assert "secret" not in response.content.decode()


def test_the_process_says_that_it_lives(client: Client) -> None:
    response = client.get("/livez")
    assert (response.content, response["Content-Type"]) == (b"ok\n", "text/plain; charset=utf-8")
    assert response["Cache-Control"] == "no-store"


def test_the_database_is_shown_to_be_usable_or_not(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/readyz").status_code == 200
    monkeypatch.setattr(database, "readable", lambda: False)
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"the database cannot be read\n")


@pytest.mark.usefixtures("account")
def test_a_feed_that_is_late_is_shown_to_probes_that_have_not_signed_in() -> None:
    assert probed() == (503, "never: nothing has been read yet\n")
    feed = live(succeeded_at=None)
    gap = Gap.objects.create(account="default", from_at=NOW, until_at=NOW)
    assert probed() == (503, "never: first reading, runs back to 2026-06-16T09:42Z\n")
    feed.delete()
    gap.delete()
    live()
    assert probed() == (200, "live: data 4 s old\n")
    Gap.objects.create(account="default", from_at=NOW, until_at=NOW)
    assert probed() == (200, "reading: data 4 s old\n")  # reading history still is not late
    Feed.objects.all().delete()
    failing(error_family="Throttled", error_status=429, error_message="secret words of the API")
    assert probed() == (503, "stale: data 30 min old\n")


def probed() -> tuple[int, str]:
    """What a probe is answered that has not signed in."""
    response = Client().get("/healthz")
    return response.status_code, response.content.decode()


def test_what_is_not_found_keeps_the_frame_and_offers_the_jump_box(reader: Client, client: Client) -> None:
    shown = read(reader.get("/runs/drun_nowhere/"))
    assert shown.one("nav", aria_label="Pages").all("a")
    search = shown.one("main").one("form", role="search")
    assert search.attrs["action"] == "/jump/"
    assert search.one("input").attrs["value"] == "drun_nowhere"
    assert (
        len(read(reader.get(f"/x{'%00y' * 99}")).one("form", role="search").one("input").attrs["value"]) == 80
    )
    client.logout()
    assert not read(Client().get("/l/nobody/")).all("nav")  # a stranger sees nothing of it
