"""The list of runs by mouse, keyboard and finger: rows that are links, and the histogram above them."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import worlds
from tests.browser.site import Site, eventually, focused, rows, shown

pytestmark = pytest.mark.browser


def box_of(element: Locator) -> tuple[float, float, float, float]:
    """Where it stands, and how wide and how high it is."""
    box = element.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def middle_of(element: Locator) -> tuple[float, float]:
    x, y, width, height = box_of(element)
    return x + width / 2, y + height / 2


def test_a_row_opens_its_run_wherever_it_is_clicked(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    row = page.locator("tbody tr").nth(2)
    run = row.locator(".row-link").get_attribute("href")
    deployment = row.locator(".name").get_attribute("href")
    assert run
    assert deployment
    for cell in (".c-st", ".what", ".c-trig", ".c-dur", ".c-when"):
        page.mouse.click(*middle_of(row.locator(cell)))
        expect(page).to_have_url(site.url + run)
        page.goto("/runs/")
    with page.context.expect_page() as opened:
        page.locator("tbody tr").nth(2).locator(".what").click(modifiers=["Control"], force=True)
    expect(opened.value).to_have_url(site.url + run)
    row.locator(".name").click()
    expect(page).to_have_url(site.url + deployment)


def test_a_row_is_one_stop_of_the_keyboard_and_what_is_under_the_pointer_is_its_hint(
    site: Site, now: datetime
) -> None:
    worlds.fleet(now)
    page = site.open("/deployments/")
    row = page.locator("tbody tr").first
    row.locator(".row-link").focus()
    outline = "element => getComputedStyle(element, '::after').outlineStyle"
    assert row.locator(".row-link").evaluate(outline) == "solid"
    page.keyboard.press("Tab")
    assert "Copy deployment id" in focused(page)
    page.keyboard.press("Tab")
    assert "/runs/?deployment_id=" in focused(page)
    time = row.locator("time").last
    page.mouse.move(*middle_of(time))
    eventually(lambda: row.locator(".row-link").get_attribute("title"), time.get_attribute("title"))
    page.mouse.move(*middle_of(row.locator(".name")))
    name = row.locator(".name").inner_text()
    eventually(lambda: row.locator(".row-link").get_attribute("title"), name)


def span_of(page: Page) -> tuple[str, str]:
    """The span that a list is asked for."""
    asked = parse_qs(urlsplit(shown(page)["url"]).query)
    return asked.get("since", [""])[0], asked.get("until", [""])[0]


def bounds_of(bar: Locator) -> tuple[str, str]:
    """The span that a bar leads to."""
    asked = parse_qs(urlsplit(bar.get_attribute("href") or "").query)
    return asked["since"][0], asked["until"][0]


def test_dragging_over_bars_shows_the_list_of_their_span(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/?since=24h&status=failed")
    bars = page.locator("[data-spans] a")
    wanted = bounds_of(bars.nth(70))[0], bounds_of(bars.nth(80))[1]
    listed = rows(page)
    page.mouse.move(*middle_of(bars.nth(80).locator("rect")))
    page.mouse.down()
    page.mouse.move(*middle_of(bars.nth(75).locator("rect")))
    page.mouse.move(*middle_of(bars.nth(70).locator("rect")))
    page.mouse.up()
    eventually(lambda: span_of(page), wanted)
    eventually(lambda: 0 < len(rows(page)) < len(listed), True)
    assert "status=failed" in page.url
    page.go_back()
    eventually(lambda: span_of(page), ("24h", ""))


def test_shift_and_arrows_choose_a_span_that_enter_shows(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/?since=24h")
    bars = page.locator("[data-spans] a")
    last = bars.count() - 1
    wanted = bounds_of(bars.nth(last - 3))[0], bounds_of(bars.nth(last))[1]
    bars.nth(last).focus()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Escape")
    expect(page.locator(".chosen[width]")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    eventually(lambda: page.locator("#news").inner_text(), "4 bars chosen, Enter shows them")
    page.keyboard.press("Enter")
    eventually(lambda: span_of(page), wanted)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_bar_leads_to_its_span(site: Site, now: datetime, scripts: bool) -> None:
    worlds.fleet(now)
    page = site.open("/runs/?since=24h", scripts=scripts)
    bar = page.locator("[data-spans] a").nth(90)
    wanted = bounds_of(bar)
    bar.click()
    eventually(lambda: span_of(page), wanted)


def test_an_id_is_copied_whole_and_that_is_read_out(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row = page.locator("tbody tr").nth(3)
    button = row.get_by_role("button", name="Copy run id")
    assert button.evaluate("element => getComputedStyle(element).opacity") == "0"
    row.locator(".what").hover(force=True)
    eventually(lambda: button.evaluate("element => getComputedStyle(element).opacity"), "1")
    button.click()
    eventually(lambda: page.locator("#news").inner_text(), "Copied: run id")
    assert "run-" + page.evaluate("navigator.clipboard.readText()") == row.get_attribute("id")
    assert urlsplit(page.url).path == "/runs/"


def test_the_cards_of_a_run_fill_two_columns_and_on_a_phone_one(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/?status=failed")
    page.goto(page.locator("tbody .row-link").first.get_attribute("href") or "")
    cards = page.locator(".columns > .card")
    ends: dict[float, float] = {}  # how far down each column goes
    for x, y, _, height in map(box_of, cards.all()):
        ends[x] = max(ends.get(x, 0), y + height)
    assert len(ends) == 2
    below = box_of(page.locator(".columns + .raw"))[1]
    assert max(ends.values()) + 8 < below < min(ends.values()) + 200
    page.set_viewport_size({"width": 390, "height": 800})
    assert len({box_of(card)[0] for card in cards.all()}) == 1
    copy = page.locator(".crumbs .copy")
    x, y, _, height = box_of(page.locator(".head .share"))
    assert y < middle_of(copy)[1] < y + height
    assert box_of(copy)[0] + box_of(copy)[2] <= x
