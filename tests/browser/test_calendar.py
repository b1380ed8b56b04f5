"""The calendar in a browser: no barrier in any view, opened where now is, stepped through, come back to."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser import worlds
from tests.browser.site import Site, eventually, step
from tests.browser.test_pages import SMALL, barriers, broken, oversize

pytestmark = pytest.mark.browser

VIEWS = ("week", "month", "day", "agenda")
_SHOWN = """() => ({
  url: location.pathname + location.search,
  heading: document.querySelector('h1').textContent,
  view: document.querySelector('.cal').dataset.view,
  current: [...document.querySelectorAll('#steps [aria-current]')].map((it) => it.textContent.trim()),
  entries: [...document.querySelectorAll('.cal tbody tr, .ev')].map((it) => it.textContent.trim()),
})"""
_LINE = "() => document.querySelector('#now').getBoundingClientRect().top / innerHeight"


def afternoon(now: datetime) -> str:
    """A zone in which it is four in the afternoon, so that the line of now is below the first screen."""
    ahead = (16 - now.hour + 9) % 24 - 9
    return f"Etc/GMT{-ahead:+}" if ahead else "Etc/GMT"


def calendar(page: Page) -> dict[str, Any]:
    """What a calendar shows: its address, its days, its view, and every entry."""
    measured: dict[str, Any] = page.evaluate(_SHOWN)
    return measured


def changed(page: Page, before: dict[str, Any]) -> dict[str, Any]:
    """What it shows once it has come to another address and nothing is on its way."""
    eventually(lambda: calendar(page)["url"] != before["url"], True)
    eventually(lambda: page.locator(".htmx-request, .htmx-settling").count(), 0)
    return calendar(page)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_no_barrier_and_does_not_scroll_sideways(site: Site, now: datetime, view: str) -> None:
    worlds.planned(now)
    page = site.open(f"/calendar/?view={view}")
    assert oversize(page) == []
    assert page.evaluate(SMALL) == []
    assert barriers(page) == []


# Entries half under the heads of the day that now is in.
_CUT = """() => {
  const day = document.querySelector('#now').closest('.day-col');
  const edge = Math.max(0, ...[...day?.querySelectorAll('h2, .r-frequent') ?? []]
    .filter((it) => getComputedStyle(it).position === 'sticky')
    .map((it) => it.getBoundingClientRect().bottom));
  return [...day?.querySelectorAll('li') ?? []].map((it) => [it.textContent, it.getBoundingClientRect()])
    .filter(([, box]) => box.top < edge - 1 && box.bottom > edge + 1).map(([text]) => text);
}"""


@pytest.mark.parametrize("view", ["week", "day", "agenda"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_view_opens_where_now_is_and_nothing_is_cut_off_there(
    site: Site, now: datetime, view: str, width: int
) -> None:
    worlds.planned(now)
    page = site.open(f"/calendar/?view={view}&tz={quote(afternoon(now))}", width=width)
    assert 0.1 < page.evaluate(_LINE) < 0.9
    assert page.evaluate(_CUT) == []
    assert broken(page) == []
    if view != "day":  # a reader of a link has no scripts
        bare = site.open(f"/calendar/?view={view}&tz={quote(afternoon(now))}", width=width, scripts=False)
        expect(bare.locator("#now")).to_be_in_viewport()


_IN_SIGHT = """() => ['.cal-bar', '.day-col h2', '.day-col .r-frequent'].map((name) => {
  const box = document.querySelector(name).getBoundingClientRect();
  return box.top >= 0 && box.bottom <= innerHeight;
})"""


def test_the_grid_scrolls_within_itself_under_the_toolbar_the_heads_and_the_band(
    site: Site, now: datetime
) -> None:
    worlds.planned(now)
    page = site.open("/calendar/")
    page.set_viewport_size({"width": 1440, "height": 600})
    page.evaluate("""() => { scrollTo(0, document.documentElement.scrollHeight);
      document.querySelector('.cal-pane').scrollTo(0, 9999); }""")
    assert page.evaluate("document.querySelector('.cal-pane').scrollTop") > 100
    assert page.evaluate(_IN_SIGHT) == [True, True, True]
    assert page.evaluate("document.documentElement.scrollHeight") < 2_500


def test_the_lanes_are_one_stop_and_arrows_go_from_bar_to_bar(site: Site, now: datetime) -> None:
    worlds.night(now, "UTC")
    page = site.open(f"/calendar/?view=day&date={now + timedelta(days=1):%Y-%m-%d}")
    page.locator(".lane a.clip").first.focus()
    stops = "document.querySelectorAll('[data-lanes] a:not([tabindex=\"-1\"])').length"
    assert page.evaluate(stops) == 1
    names = []
    for key in ("ArrowRight", "ArrowDown", "Home", "End", "ArrowUp", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
        names.append(page.evaluate("document.activeElement.textContent.trim()").split(",")[0])
    assert names == [
        *("01:50 backup", "02:00 export", "export", "02:00 export"),
        *("01:50 backup", "01:50 backup", "backup"),
    ]
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('[data-lanes]')")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/deployments/dep_backup/")


def test_a_reload_keeps_the_place(site: Site, now: datetime) -> None:
    worlds.planned(now)
    page = site.open("/calendar/?view=agenda", width=390)
    page.evaluate("scrollTo(0, 120)")
    page.wait_for_timeout(300)  # a browser notes the place a moment later
    page.reload()
    eventually(lambda: page.evaluate("scrollY"), 120)


def test_back_and_forward_lead_through_steps_and_views(site: Site, now: datetime) -> None:
    worlds.planned(now)
    page = site.open("/calendar/")
    seen = [calendar(page)]
    for link in ("#next", "#view-month", "#prev", "#view-day"):
        page.locator(link).click()
        seen.append(changed(page, seen[-1]))
    for row in reversed(seen[:-1]):
        step(page, "back")
        eventually(partial(calendar, page), row)
        page.wait_for_load_state()
    for item in seen[1:]:
        step(page, "forward")
        eventually(partial(calendar, page), item)
        page.wait_for_load_state()


def test_keys_step_through_time_and_lead_to_today(site: Site, now: datetime) -> None:
    worlds.planned(now)
    page = site.open("/calendar/")
    here = calendar(page)
    page.keyboard.press("n")
    later = changed(page, here)
    page.keyboard.press("p")
    back = changed(page, later)
    assert back["heading"] == here["heading"]
    page.keyboard.press("p")
    assert changed(page, back)["heading"] not in (here["heading"], later["heading"])
    page.keyboard.press("t")
    eventually(lambda: calendar(page)["heading"], here["heading"])
    page.get_by_label("Search").press_sequentially("pnt")  # a field keeps its letters
    assert page.get_by_label("Search").input_value() == "pnt"
    assert calendar(page)["heading"] == here["heading"]
