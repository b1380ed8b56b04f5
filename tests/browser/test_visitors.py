"""Who looks, and from where: signing in and out, a session that ends, a zone of one's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from dashboard.access import users
from dashboard.models import Session
from tests.browser import worlds
from tests.browser.site import Site, eventually, rows, shown, step

pytestmark = pytest.mark.browser

PASSWORD = "long enough to hold"


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("Name").fill("reader")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_signing_in_leads_where_one_wanted_to_go(site: Site, now: datetime, scripts: bool) -> None:
    worlds.fleet(now)
    page = site.open("/runs/?status=failed", signed_in=False, scripts=scripts)
    sign_in(page, "not this one")
    expect(page.get_by_role("alert")).to_contain_text("correct")
    sign_in(page, PASSWORD)
    eventually(lambda: shown(page)["url"], "/runs/?status=failed")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    step(page, "back")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_the_first_person_is_let_in_by_the_link(site: Site, now: datetime, django_user_model: Any) -> None:
    worlds.fleet(now)
    django_user_model.objects.all().delete()
    page = site.open(f"/first-sign-in/{users.first_link_token()}/", signed_in=False)
    page.get_by_label("Name").fill("first")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create and sign in").click()
    expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Password").fill("long enough to hold")
    page.get_by_role("button", name="Create and sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 deployments failing")


def test_a_session_that_ended_meanwhile_leads_to_signing_in_and_back(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    Session.objects.all().delete()
    page.locator("#pill-failed").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert page.locator("header.bar").count() == 0
    sign_in(page, PASSWORD)
    eventually(lambda: shown(page)["url"], "/runs/?status=failed")
    assert shown(page)["complete"]


def test_times_are_in_the_reader_s_zone_after_one_reload(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.window(zone="Asia/Shanghai")
    opened: list[str] = []

    def note(request: Request) -> None:
        if request.is_navigation_request():
            opened.append(request.url)

    page.on("request", note)
    page.goto("/runs/")
    expect(page.locator(".bar .zone")).to_have_text("Asia/Shanghai")
    assert (page.locator("tbody time").first.get_attribute("title") or "").endswith("CST")
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert cookies["zone"] == "Asia/Shanghai"
    page.wait_for_timeout(300)
    assert len(opened) == 2
    page.goto("/deployments/")
    page.wait_for_timeout(300)
    assert len(opened) == 3


def test_the_server_s_zone_needs_no_reload(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.window(zone="UTC")
    opened: list[str] = []
    page.on(
        "request", lambda request: opened.append(request.url) if request.is_navigation_request() else None
    )
    page.goto("/runs/")
    page.wait_for_timeout(300)
    assert len(opened) == 1


_ORDER = """
Object.defineProperty(document, "hidden", { value: %s });
window.order = [];
addEventListener("DOMContentLoaded", () => requestAnimationFrame(() => window.order.push("frame")), true);
addEventListener("htmx:afterProcessNode", () => window.order.push("htmx"), true);
"""


@pytest.mark.parametrize(("hidden", "first"), [("false", "frame"), ("true", "htmx")])
def test_a_page_is_shown_before_htmx_looks_through_it_unless_nobody_looks(
    site: Site, now: datetime, hidden: str, first: str
) -> None:
    worlds.fleet(now)
    page = site.window()
    page.add_init_script(_ORDER % hidden)
    page.goto("/runs/")
    page.wait_for_function("window.order.length > 1")
    assert page.evaluate("window.order[0]") == first


def test_the_first_frame_of_a_page_has_all_of_its_rows(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.window()
    count = "window.rows ??= document.querySelectorAll('tbody tr').length"
    page.add_init_script(f"requestAnimationFrame(() => {count})")
    page.goto("/runs/")  # the stylesheet is kept from here on
    slow = {"offline": False, "latency": 0, "downloadThroughput": 20_000, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    page.goto("/runs/?limit=100")
    assert page.evaluate("window.rows") == len(rows(page)) > 50


def test_the_tab_counts_what_fails(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/deployments/")
    failing = page.locator("tbody tr[data-health=failing]").count()
    assert page.title() == f"({failing}!) Deployments"
    assert "favicon-failing" in (page.locator("link[rel=icon]").get_attribute("href") or "")


def test_a_stale_feed_says_so_and_shows_what_it_has(site: Site, now: datetime) -> None:
    worlds.stale(now)
    page = site.open("/deployments/")
    expect(page.locator(".banner")).to_contain_text("Stale.")
    expect(page.locator(".banner")).to_contain_text("Number of requests has exceeded")
    expect(page.locator(".fresh")).to_contain_text("31 min old, stale")
    assert page.locator("tbody tr").count() == 24
