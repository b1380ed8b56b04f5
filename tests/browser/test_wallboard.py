"""The wall on a real screen: everything fits, nothing red is cut, and it says when it cannot be trusted."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from dashboard.models import Deployment, Feed
from tests import walls
from tests.browser.site import Site, eventually
from tests.feeds import changed
from tests.judging import judge

pytestmark = pytest.mark.browser
SCREENS = ((1280, 720), (1920, 1080), (3840, 2160))
# Deployments, and how many of them fail.
FLEETS = (
    *((1, 1), (12, 3), (24, 3), (40, 6), (60, 9), (300, 9), (300, 150)),
    *((1_000, 5), (1_000, 250), (1_000, 500), (1_000, 1_000)),
)
_MEASURED = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const out = (it) => {
    const box = it.getBoundingClientRect();
    return box.right > innerWidth + .5 || box.bottom > innerHeight + .5;
  };
  const spilt = (it) => it.scrollHeight > it.clientHeight + 1;
  // A name has one line, which is cut sideways, with dots, and never in its height.
  const clamped = (it) => getComputedStyle(it).webkitLineClamp !== 'none';
  const torn = (it) => !clamped(it) && it.scrollHeight > it.clientHeight + 3;
  const cut = (it) => out(it) || spilt(it) || [...it.querySelectorAll('p, h2')].some(torn);
  const type = (it) => parseFloat(getComputedStyle(it).fontSize) / innerHeight * 100;
  const page = document.scrollingElement;
  const main = document.querySelector('main');
  const sum = (all, it) => all + Number(it.textContent.replace(',', ''));
  return {
    bars: [[page, innerWidth, innerHeight], [main, main.clientWidth, main.clientHeight]]
      .flatMap(([it, width, height]) => [it.scrollWidth - width, it.scrollHeight - height]),
    failing: all('.w[data-health=failing]').length,
    tiles: all('.w').length,
    cut: all('.w').filter(cut).map((it) => it.textContent),
    out: all('.w-head *, .w-foot *, .w-band *').filter(out).map((it) => it.outerHTML),
    tallied: all('.w-tally b').reduce(sum, 0),
    total: document.querySelector('.w-more').textContent,
    size: document.querySelector('.w-grid').dataset.size,
    name: Math.min(...all('.w h2').map(type)),
    detail: Math.min(...all('.w p').map(type)),
    stateCut: all('.w-st b').filter((it) => it.scrollWidth > it.clientWidth + 1).map((it) => it.textContent),
    bare: all('.w:has(p):not(:has(.strip))').filter((it) => it.clientHeight >= 100),
  };
}"""


def measured(page: Page, width: int, height: int) -> dict[str, Any]:
    page.set_viewport_size({"width": width, "height": height})
    evaluate: dict[str, Any] = page.evaluate(_MEASURED)
    return evaluate


@pytest.mark.parametrize("late", [False, True], ids=["live", "stale"])
@pytest.mark.parametrize(("number", "failing"), FLEETS)
def test_any_fleet_fits_any_screen_and_nothing_that_fails_is_cut(
    site: Site, now: datetime, number: int, failing: int, late: bool
) -> None:
    walls.feed(now)
    walls.failing(failing, now)
    room = number - failing >= walls.ODD
    if room:
        walls.odd(now)
    walls.deployments(number - failing - walls.ODD * room, now)
    Deployment.objects.filter(name__endswith="-0001").update(open_since=now)
    if late:
        walls.stale(now)
    page = site.open("/wallboard/?nonsense=1")
    for width, height in SCREENS:
        result = measured(page, width, height)
        assert result["bars"] == [0, 0, 0, 0], (width, result)
        assert result["cut"] == []
        assert result["out"] == []
        assert result["failing"] == failing
        assert result["tallied"] == number
        more = re.search(r"\+([\d,]+) more", result["total"])
        assert result["tiles"] + (int(more[1].replace(",", "")) if more else 0) == number
        assert result["total"].startswith(f"{number:,} deployment")
        assert result["stateCut"] == []
        if failing <= 300:  # more than that is in sight, and too small to be read across a room
            assert result["name"] >= 2.2
            assert result["detail"] is None or result["detail"] >= 1.8
        if height == 1_080:
            assert result["bare"] == []


def test_forty_tiles_fill_the_screen_and_can_be_read_in_forced_colours(site: Site, now: datetime) -> None:
    walls.feed(now)
    walls.failing(2, now)
    walls.deployments(36, now)
    page = site.open("/wallboard/")
    page.emulate_media(forced_colors="active")
    places = page.locator(".w").evaluate_all("(all) => new Set(all.map((it) => it.offsetLeft)).size")
    assert (places, page.locator(".w").count()) == (8, 38)
    edges = page.locator(".w").evaluate_all(
        "(all) => all.map((it) => parseFloat(getComputedStyle(it).borderTopWidth))"
    )
    assert min(edges[:2]) > max(edges[2:]) > 0  # what fails looks different without its red
    page.get_by_role("link", name="Overview").click()
    page.wait_for_url("**/")


def test_the_wall_says_that_nobody_answers_keeps_what_it_shows_and_recovers(
    site: Site, now: datetime
) -> None:
    walls.feed(now)
    walls.failing(1, now)
    walls.deployments(2, now)
    page = site.open("/wallboard/?refresh=5")
    lost = page.locator("[data-lost]")
    expect(lost).to_be_hidden()
    cut_off(page)
    expect(lost).to_be_visible()
    expect(lost).to_contain_text("NO SIGNAL")
    expect(lost).to_contain_text(re.compile(r"from \d\d:\d\d:\d\d\."))
    assert page.locator(".w").count() == 3
    assert page.locator(".w[data-health=ok] p:last-child").first.inner_text().startswith("next ")
    assert "in" not in page.locator(".w[data-health=ok] p:last-child").first.inner_text().split()
    assert page.locator(".w").first.evaluate("(it) => getComputedStyle(it).filter") != "none"
    Deployment.objects.update(streak=0)
    judge(now)
    changed()
    page.unroute("**/wallboard/**")
    expect(lost).to_be_hidden()
    expect(page.locator("h1")).to_contain_text("Nothing needs you")
    site.complaints.clear()  # the browser tells of each request that failed


def cut_off(page: Page) -> None:
    """Let no further request through, and let the wall notice it now."""

    def abort(route: Route) -> None:
        route.abort()

    page.route("**/wallboard/**", abort)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_the_wall_follows_what_happens_without_a_reload(site: Site, now: datetime) -> None:
    walls.feed(now)
    walls.deployments(2, now)
    page = site.open("/wallboard/?refresh=5")
    assert page.title() == "Wallboard"
    page.evaluate("window.same = true")
    Deployment.objects.filter(name__endswith="0").update(streak=2)
    judge(now)
    changed()
    Feed.objects.update(succeeded_at=now - timedelta(hours=1), failing_since=now, error_status=503)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("h1")).to_contain_text("1 failing")
    expect(page.locator(".w-band[data-late]")).to_contain_text("the API answers 503")
    expect(page.locator("[data-age]")).to_have_text(re.compile("1 h"))
    assert page.title() == "(1!) Wallboard"
    assert page.evaluate("window.same") is True


def test_another_version_of_the_dashboard_loads_the_wall_anew(site: Site, now: datetime) -> None:
    walls.feed(now)
    page = site.open("/wallboard/")
    page.evaluate("window.same = true; document.documentElement.dataset.version = 'another'")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    eventually(lambda: page.evaluate("() => window.same ?? false"), False)


def test_one_who_was_signed_out_is_led_to_sign_in(site: Site, now: datetime) -> None:
    walls.feed(now)
    page = site.open("/wallboard/")
    page.context.clear_cookies()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_url("**/sign-in/?next=/wallboard/")


def test_a_page_at_its_address_that_is_not_ours_is_opened_instead_of_the_wall(
    site: Site, now: datetime
) -> None:
    walls.feed(now)
    page = site.open("/wallboard/")
    body = "<!doctype html><title>Team sign-on</title><main id=wall>Who are you?</main>"
    page.route("**/wallboard/", lambda route: route.fulfill(content_type="text/html", body=body))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_title("Team sign-on")


def test_the_wall_goes_where_it_is_led_to_sign_in(site: Site, now: datetime) -> None:
    walls.feed(now)
    page = site.open("/wallboard/")
    sent = {"Location": "/team-sign-on/"}
    page.route("**/wallboard/", lambda route: route.fulfill(status=302, headers=sent))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_url("**/team-sign-on/")


def test_without_scripts_the_wall_refreshes_itself_and_shows_its_age(site: Site, now: datetime) -> None:
    walls.feed(now)
    walls.deployments(1, now)
    page = site.open("/wallboard/?refresh=5", scripts=False)
    assert re.fullmatch(r"\d+ s", page.locator("[data-age]").inner_text())
    Deployment.objects.update(streak=3)
    judge(now)
    changed()
    page.get_by_role("heading", name="1 failing").wait_for()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("failing", "late"), [(2, False), (2, True), (0, False)])
def test_the_wall_has_no_barrier_and_its_words_stand_out(
    site: Site, now: datetime, theme: str, failing: int, late: bool
) -> None:
    walls.feed(now)
    walls.failing(failing, now)
    if failing:
        walls.odd(now)
    walls.deployments(3, now)
    if late:
        walls.stale(now)
    page = site.open(f"/wallboard/?theme={theme}&q=0&nonsense=1")
    for rules in ({}, {"runOnly": ["color-contrast-enhanced"]}):
        result = Axe().run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
        assert [(row["id"], [node["html"] for node in row["nodes"]]) for row in result] == []


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1080, 1920), (1024, 768)])
def test_a_screen_of_another_shape_may_scroll_down_but_breaks_nothing(
    site: Site, now: datetime, width: int, height: int
) -> None:
    walls.feed(now)
    walls.failing(3, now)
    walls.odd(now)
    walls.deployments(20, now)
    page = site.open("/wallboard/")
    result = measured(page, width, height)
    assert result["bars"][0] <= 0
    assert [text for text in result["out"] if "w-foot" in text] == []
    if height > 1_080:  # a screen on its edge is filled
        ends = page.locator(".w").evaluate_all("(all) => all.map((it) => it.getBoundingClientRect().bottom)")
        assert 0.9 * height < max(ends) < height
