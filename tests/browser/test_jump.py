"""The jump box by keyboard and mouse, on a desk and on a phone."""

from __future__ import annotations

from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser import worlds
from tests.browser.site import Site, eventually, focused

pytestmark = pytest.mark.browser


def options(page: Page) -> list[str]:
    """What the box offers."""
    return page.locator("#jump [role=option] > bdi").all_inner_texts()


def test_the_keyboard_finds_a_deployment(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    page.locator("#pill-failed").focus()
    page.keyboard.press("Control+k")
    eventually(lambda: options(page)[:2], ["Overview", "Deployments"])
    page.keyboard.type("nightly-0")
    eventually(lambda: options(page)[0], "nightly-00")
    box = page.get_by_role("combobox", name="Jump to")
    expect(box).to_have_attribute("aria-activedescendant", "jump-1")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(box).to_have_attribute("aria-activedescendant", "jump-2")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#jump")).to_be_hidden()
    assert 'id="pill-failed"' in focused(page)
    page.keyboard.press("Meta+k")
    page.keyboard.type("nightly-01")
    eventually(lambda: options(page), ["nightly-01"])
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/deployments/dep_nightly-01/")


def test_the_id_of_a_run_opens_it_at_once(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/", width=390)
    page.locator("[data-jump]").click()
    page.locator("#jump input").fill(f"drun_{7:032x}")
    expect(page).to_have_url(f"{site.url}/runs/drun_{7:032x}/")


def test_an_option_is_clicked_and_the_box_closes_beside_it(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/failures/")
    page.locator("[data-jump]").click()
    eventually(lambda: len(options(page)), 9)
    page.mouse.click(20, 800)
    expect(page.locator("#jump")).to_be_hidden()
    page.locator("[data-jump]").click()
    page.locator("#jump input").fill("calen")
    page.get_by_role("option").filter(has_text="Calendar").click()
    expect(page).to_have_url(f"{site.url}/calendar/")


def test_without_scripts_the_link_in_the_bar_leads_to_a_page(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/", scripts=False)
    page.locator("[data-jump]").click()
    page.locator("#jump-text").fill("schema-drift")
    page.get_by_role("button", name="Find").click()
    page.locator("main .row-link").first.click()
    expect(page).to_have_url(f"{site.url}/deployments/dep_schema-drift/")
