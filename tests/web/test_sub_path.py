"""A site under a sub-path of a host that it shares: nothing of it leads anywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import resolve, set_script_prefix

from dashboard.access import share_links
from dashboard.models import AlertRule, Link, QuietWindow, SavedView
from dashboard.services import saved_views
from dashboard.services.status.snapshot import Snapshot
from tests.conftest import CACHED
from tests.factories import NOW, deployment_record, run_record, somebody, stored_deployments, stored_runs
from tests.feeds import live
from tests.markup import Element, read
from tests.views.test_site import routes

ROOT = "/agents"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account", "beneath")]
# Attributes that hold an address, beside all those of htmx and those for our scripts.
ADDRESSES = ("href", "src", "action", "formaction", "hx-", "data-")
OWN_HOST = re.compile(r"https?://testserver(?::80)?(/[^\s\"'<>,]*)")


@pytest.fixture
def beneath(settings: Any) -> Iterator[None]:
    """The settings that SUB_PATH=/agents comes to."""
    settings.SUB_PATH = settings.FORCE_SCRIPT_NAME = ROOT
    settings.SESSION_COOKIE_PATH = settings.CSRF_COOKIE_PATH = f"{ROOT}/"
    settings.STATIC_URL = f"{ROOT}/static/"
    set_script_prefix(f"{ROOT}/")
    forget()
    yield
    set_script_prefix("/")
    forget()


def forget() -> None:
    """Nothing that was made for another path is shown: in use a process has one."""
    for cached in CACHED:
        cached.cache_clear()


@pytest.fixture
def kept() -> str:
    """A little of everything that has an address; the token of a link."""
    live()
    schedule = deployment_record()["schedule"] | {"upcoming_runs_at": ["2026-06-17T09:00:00Z"]}
    stored_deployments(deployment_record(schedule=schedule), deployment_record("b", name="b"))
    stored_runs(run_record(1, NOW, "failed"), run_record(2, NOW), run_record(3, NOW, "running"))
    saved_views.save("mine", "/agents/runs/?status=failed", None, Snapshot(NOW))
    SavedView.objects.update(pinned=True)
    AlertRule.objects.create(
        name="rule", address="/deployments/?health=failing", target="a@b.example", made_at=NOW
    )
    QuietWindow.objects.create(name="window", address="/deployments/", days="0123456", made_at=NOW)
    _, token = share_links.make("x", "page", "/runs/?status=failed", made_by=somebody(), now=NOW, lasts=None)
    return token


def addresses(page: Element) -> Iterator[str]:
    """What a page asks for or leads to."""
    for element in page.inner:
        for name, value in element.attrs.items():
            if name.startswith(ADDRESSES) and value.startswith("/"):
                yield value
        if element.attrs.get("name") == "next" and element.attrs["value"]:
            yield element.attrs["value"]


def named(response: Any) -> set[str]:
    """Every address of this host that an answer names, in its body, its headers and its cookies."""
    text = (b"".join(response.streaming_content) if response.streaming else response.content).decode()
    headers = [value for name, value in response.items() if name in ("Location", "Link", "Content-Location")]
    cookies = [cookie["path"] for cookie in response.cookies.values()]
    page = addresses(read(response)) if response["Content-Type"].startswith("text/html") else ()
    return {*headers, *cookies, *page, *(unescape(path) for path in OWN_HOST.findall(text))}


LISTS = ("/", "/runs/", "/deployments/", "/failures/", "/calendar/", "/timeline/")
# Where a visitor wants to go, and where a sign-in leads.
NEXT = {
    "": f"{ROOT}/",
    f"{ROOT}/runs/?status=failed": f"{ROOT}/runs/?status=failed",
    "/runs/": f"{ROOT}/",
    f"{ROOT}x/": f"{ROOT}/",
    f"{ROOT}/../other/": f"{ROOT}/",
    f"{ROOT}/%2e%2e/other/": f"{ROOT}/",
    f"{ROOT}/..\\other/": f"{ROOT}/",
    "//[": f"{ROOT}/",
}


def is_ours(address: str) -> bool:
    """Whether an address is under the sub-path, and once only."""
    return bool(re.match(rf"{ROOT}(?!{ROOT})/", address))


def path_of(address: str) -> str:
    """The path within the site."""
    return unquote(urlsplit(address).path.removeprefix(ROOT))


FURTHER = (
    *(f"/calendar/?view={view}&date=2026-06-16" for view in ("month", "day", "agenda")),
    "/runs/?status=failed&limit=1&error=timeout_error",
    "/deployments/?health=failing&sort=name&limit=1",
    "/jump/?q=dep_",
    "/views/?of=/agents/runs/",
    "/links/?of=/agents/runs/?status=failed",
)


def test_no_address_of_any_page_leaves_it(reader: Client, kept: str) -> None:
    asked = [*FURTHER, f"/l/{kept}/page", *(address for name, address in routes() if name != "link-file")]
    leads_to = {address: named(reader.get(ROOT + address)) for address in asked}
    for address in LISTS:
        leads_to[address] |= named(
            reader.get(ROOT + address, headers={"HX-Request": "true", "HX-Target": "list"})
        )
    everything = set().union(*leads_to.values())
    strays = {address: {to for to in leads if not is_ours(to)} for address, leads in leads_to.items()}
    assert {address: away for address, away in strays.items() if away} == {}
    assert len(everything) > 200
    for address in everything:  # each is of a page that there is, or of a file
        assert address.startswith(f"{ROOT}/static/") or resolve(path_of(address))


def test_what_is_kept_outlives_a_move_to_another_path(reader: Client, kept: str) -> None:
    made = reader.post(
        f"{ROOT}/links/",
        {"name": "l", "kind": "page", "of": f"{ROOT}/runs/?status=failed", "expires": "7d"},
    )
    assert read(made).one("code", id="made").words().startswith(f"http://testserver{ROOT}/l/")
    saved = {"name": "s", "whose": "team", "address": f"{ROOT}/deployments/?health=failing"}
    assert reader.post(f"{ROOT}/views/", saved)["Location"] == f"{ROOT}/deployments/?health=failing"
    assert set(Link.objects.values_list("query", flat=True)) == {"/runs/?status=failed"}
    assert {view.address.partition("?")[0] for view in SavedView.objects.all()} == {"/runs/", "/deployments/"}


def test_signing_in_and_out_stays_there(kept: str) -> None:
    User.objects.create_user("reader", password="long enough to hold")
    client = Client()
    away = client.get(f"{ROOT}/runs/?status=failed")
    assert away["Location"] == f"{ROOT}/sign-in/?next={ROOT}/runs/%3Fstatus%3Dfailed"
    given = {"username": "reader", "password": "long enough to hold"}
    for wanted, led_to in NEXT.items():
        signed_in = client.post(f"{ROOT}/sign-in/", given | {"next": wanted})
        assert signed_in["Location"] == led_to, wanted
    assert {cookie["path"] for cookie in signed_in.cookies.values()} == {f"{ROOT}/"}
    assert client.post(f"{ROOT}/refresh/", {"next": "/elsewhere/"})["Location"] == f"{ROOT}/"
    assert client.post(f"{ROOT}/sign-out/")["Location"] == f"{ROOT}/sign-in/"


def test_what_is_not_under_it_is_not_here_and_no_header_moves_it(client: Client) -> None:
    assert client.get(ROOT)["Location"] == f"{ROOT}/"
    for elsewhere in ("/", "/livez", "/runs/", f"{ROOT}x/", "/AGENTS/livez"):
        answer = client.get(elsewhere, headers={"Script-Name": "/", "X-Forwarded-Prefix": "/"})
        assert (answer.status_code, answer.content) == (404, b"The dashboard is at /agents/\n"), elsewhere
    moved = client.get(f"{ROOT}/runs/", headers={"Script-Name": "/evil"}, SCRIPT_NAME="/evil")
    assert moved["Location"] == f"{ROOT}/sign-in/?next={ROOT}/runs/"
