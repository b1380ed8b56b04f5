"""A page that stays open stays true, and takes nothing out of the reader's hands."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import Page, expect

from dashboard.models import Deployment, Feed, Run
from tests.browser import worlds
from tests.browser.site import Site, eventually, rows, shown, step
from tests.factories import run_record, stored_runs
from tests.judging import judge

pytestmark = pytest.mark.browser
AGES = Path(__file__).parents[1] / "web" / "ages.json"  # `formatting.age` is held to it as well
FAST = "() => localStorage.setItem('every', '0.2')"  # seconds
HIDE = """(hidden) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def watched(site: Site, path: str, **window: Any) -> Page:
    """A page that asks for itself five times a second, and counts how often in `page.polls`."""
    judge(timezone.now())
    page = site.window(**window)
    page.add_init_script("localStorage.getItem('every') ?? localStorage.setItem('every', '0.2')")
    polls: list[str] = []
    page.on(
        "request", lambda request: polls.append(request.url) if "if-none-match" in request.headers else None
    )
    page.goto(path)
    page.polls = polls  # type: ignore[attr-defined]
    return page


def polled(page: Page, times: int = 1) -> None:
    """Wait until the page has asked so many times more."""
    polls: list[str] = page.polls  # type: ignore[attr-defined]
    wanted = len(polls) + times
    eventually(lambda: page.evaluate("1") and len(polls) >= wanted, True)


def news(now: datetime, *numbers: int, status: str = "running") -> None:
    """Those runs are read."""
    records = [run_record(n, now, status, deployment_id="dep_schema-drift") for n in numbers]
    stored_runs(*records, now=timezone.now())
    Feed.objects.update(version=F("version") + 1)


def test_running_rows_change_in_place_and_new_ones_wait(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = watched(site, "/runs/")
    before = rows(page)
    running = page.locator(f"#{before[0]}")
    expect(running).to_have_attribute("data-status", "running")
    top = page.evaluate("() => document.querySelector('tbody tr').getBoundingClientRect().top")
    Run.objects.filter(run_id=before[0].removeprefix("run-")).update(status="completed", open=False)
    news(now, 901, 902)
    expect(running).to_have_attribute("data-status", "completed")
    button = page.get_by_role("button", name="2 new runs: show")
    expect(button).to_be_visible()
    expect(page.locator("#news")).to_have_text("2 new runs wait above the list")
    assert rows(page) == before
    assert page.evaluate("() => document.querySelector('tbody tr').getBoundingClientRect().top") == top
    button.press("Enter")
    eventually(lambda: rows(page)[2:], before[:-2])
    expect(button).to_be_hidden()
    expect(page.locator("#list")).to_be_focused()


def test_a_list_whose_order_has_changed_says_so_and_waits(site: Site, now: datetime) -> None:
    worlds.calm(now)
    page = watched(site, "/deployments/")
    before = rows(page)
    Deployment.objects.filter(deployment_id="dep_nightly-09").update(streak=2)
    judge(now)
    Feed.objects.update(version=8)
    expect(page.locator("#deployment-dep_nightly-09")).to_have_attribute("data-health", "failing")
    button = page.get_by_role("button", name="The list has changed: show")
    expect(button).to_be_visible()
    assert rows(page) == before
    button.click()
    eventually(lambda: rows(page)[0], "deployment-dep_nightly-09")


def test_typing_in_a_filter_loses_nothing_while_runs_arrive(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = watched(site, "/runs/")
    field = page.get_by_label("Search")
    field.focus()
    text = "schema drift timeout"
    for number, letter in enumerate(text):
        news(now, 910 + number)
        page.keyboard.type(letter, delay=60)
    expect(field).to_be_focused()
    expect(field).to_have_value(text)
    page.keyboard.press("Shift+Home")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+End")
    chosen = "[document.activeElement.selectionStart, document.activeElement.selectionEnd]"
    news(now, 950)
    polled(page, 3)
    assert page.evaluate(chosen) == [0, len(text)]


def test_back_works_after_twenty_polls(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = watched(site, "/deployments/")
    page.locator("nav").get_by_role("link", name="Runs").click()
    page.wait_for_url("**/runs/")
    length = page.evaluate("history.length")
    polled(page, 20)
    assert page.evaluate("history.length") == length
    step(page, "back")
    eventually(lambda: shown(page)["url"], "/deployments/")


def test_after_a_step_a_page_is_known_by_its_new_tag(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = watched(site, "/runs/")
    statuses: list[int] = []
    page.locator("#pill-failed").click()
    eventually(lambda: shown(page)["url"], "/runs/?status=failed")
    page.on("response", lambda response: statuses.append(response.status))
    polled(page, 3)
    eventually(lambda: page.evaluate("1") and 304 in statuses, True)


def test_a_poll_that_leads_to_the_sign_in_says_so_and_leaves_the_page(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = watched(site, "/runs/")
    before = rows(page)
    page.context.clear_cookies()
    expect(page.locator(".fresh")).to_contain_text("signed out: reload")
    assert rows(page) == before


PORTAL = "<!doctype html><title>Portal</title><main id=main><div id=list data-part>Pay here</div></main>"


def answered_by_a_portal(page: Page, address: str) -> None:
    """Somebody else answers at that address, with status 200 and names of ours."""
    page.route(address, lambda route: route.fulfill(content_type="text/html", body=PORTAL))


def test_an_answer_to_a_poll_that_is_not_ours_is_loaded_as_the_page_it_is(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = watched(site, "/runs/")
    answered_by_a_portal(page, "**/runs/")
    expect(page).to_have_title("Portal")
    assert page.locator("header.bar").count() == 0


def test_a_poll_that_is_led_to_another_site_says_signed_out_and_leaves_the_page(
    site: Site, now: datetime
) -> None:
    worlds.fleet(now)
    page = watched(site, "/runs/")
    before = rows(page)
    sent = {"Location": "https://sso.team.example/"}
    page.route("**/runs/", lambda route: route.fulfill(status=302, headers=sent))
    expect(page.locator(".fresh")).to_contain_text("signed out: reload")
    assert rows(page) == before
    page.unroute("**/runs/")
    expect(page.locator(".fresh")).to_contain_text("old, live")
    site.complaints.clear()  # the browser reports each redirect that the policy stops


def test_an_answer_to_a_step_that_is_not_ours_is_loaded_as_the_page_it_is(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    answered_by_a_portal(page, "**/runs/?status=failed")
    page.locator("#pill-failed").click()
    expect(page).to_have_title("Portal")
    assert page.locator("header.bar").count() == 0
    assert page.url.endswith("/runs/?status=failed")


def test_a_hidden_page_asks_nothing_and_one_that_is_seen_again_asks_at_once(
    site: Site, now: datetime
) -> None:
    worlds.fleet(now)
    page = watched(site, "/runs/")
    polled(page)
    page.evaluate(HIDE, True)
    page.wait_for_timeout(300)
    polls: list[str] = page.polls  # type: ignore[attr-defined]
    asked = len(polls)
    page.wait_for_timeout(1000)
    assert len(polls) == asked
    page.evaluate(HIDE, False)
    polled(page)


def test_text_that_is_selected_is_left_alone_until_it_no_longer_is(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = watched(site, "/runs/")
    page.evaluate("() => getSelection().selectAllChildren(document.querySelector('tbody tr td.c-name'))")
    selected = page.evaluate("getSelection().toString()")
    news(now, 901)
    page.wait_for_timeout(1500)
    assert page.evaluate("getSelection().toString()") == selected
    expect(page.get_by_role("button", name="1 new run: show")).to_be_hidden()
    page.evaluate("getSelection().removeAllRanges()")
    expect(page.get_by_role("button", name="1 new run: show")).to_be_visible()


def test_who_has_paged_back_stays_there(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = watched(site, "/runs/?limit=20")
    page.locator("#next").click()
    eventually(lambda: page.locator("#list .pager [rel=prev]").count(), 1)
    before = rows(page)
    news(now, *range(901, 911), status="failed")
    polled(page, 3)
    assert rows(page) == before
    expect(page.get_by_role("button", name="show")).to_be_hidden()


def test_the_tab_counts_what_has_begun_to_fail(site: Site, now: datetime) -> None:
    worlds.calm(now)
    page = watched(site, "/calendar/")
    assert not page.title().startswith("(")
    Deployment.objects.filter(deployment_id__in=["dep_nightly-01", "dep_nightly-02"]).update(streak=1)
    judge(now)
    Feed.objects.update(version=8)
    expect(page.locator("#news")).to_have_text("2 more failing, 2 in all")
    assert page.title().startswith("(2!) ")
    assert "favicon-failing" in (page.locator("#icon").get_attribute("href") or "")
    expect(page.locator(".alarm")).to_have_text("2 failing")


def test_what_is_unfolded_and_focused_stays_so(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = watched(site, "/deployments/dep_schema-drift/")
    page.locator("details.raw summary").last.click()
    link = page.locator("#story a").first
    link.focus()
    page.evaluate("document.activeElement.mine = true")
    news(now, 901)
    expect(page.get_by_role("button", name="1 new run: show")).to_be_attached()
    assert page.evaluate("document.activeElement.closest('#story') !== null")
    assert page.locator("details.raw[open]").count() == 1


def test_an_age_counts_on_from_the_last_answer(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = watched(site, "/")
    Feed.objects.update(succeeded_at=timezone.now() - timedelta(minutes=7))
    expect(page.locator(".fresh")).to_have_text("7 min old, live")
    expect(page.get_by_role("main")).to_contain_text("data 7 min old")


JUMP = """(milliseconds) => {
  const clock = Date.now;
  Date.now = () => clock() + milliseconds;
}"""


def test_an_age_is_counted_on_a_clock_that_jumps(site: Site) -> None:
    """By the steady clock or by the reader's, whichever makes things older; never below zero."""
    ask = """async (cases) => {
      const { instant, secondsSince } = await import('/static/js/elapsed.js');
      const now = instant();
      return cases.map(([steady, clock]) =>
        secondsSince({ steady: now.steady - steady * 1000 - 200, clock: now.clock - clock * 1000 - 200 }));
    }"""
    page = site.open("/")
    cases = [(90, 90), (90, -3_600), (90, 7_200), (-5, -5), (0, 0)]
    assert page.evaluate(ask, cases) == [90, 90, 7_200, 0, 0]


def test_a_clock_that_is_set_back_makes_nothing_younger_on_an_open_page(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    Feed.objects.update(succeeded_at=timezone.now() - timedelta(minutes=7))
    page = watched(site, "/runs/")
    page.evaluate(JUMP, -3_600_000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".fresh")).to_have_text("7 min old, live")
    ages = page.locator("[data-ago]").all_inner_texts()
    assert ages
    assert not [age for age in ages if age.startswith("-") or age == "now"]


def test_an_open_page_that_is_not_answered_calls_itself_live_no_longer_though_its_clock_is_set_back(
    site: Site, now: datetime
) -> None:
    worlds.fleet(now)
    page = site.window()
    page.add_init_script("localStorage.setItem('every', '0')")
    page.goto("/runs/")
    later = """() => {
      const steady = performance.now.bind(performance);
      performance.now = () => steady() + 120_000;
    }"""
    page.evaluate(JUMP, -3_600_000)
    page.evaluate(later)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".fresh")).to_contain_text("reload for newer")
    expect(page.locator(".fresh")).to_contain_text("2 min old")


def test_an_unreachable_dashboard_is_named_and_comes_back(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = watched(site, "/runs/")
    page.route("**/runs/", lambda route: route.abort())
    expect(page.locator(".fresh")).to_contain_text("no answer since")
    expect(page.locator("#news")).to_contain_text("no answer since")
    assert page.title().startswith("(no answer) ")
    assert "stale" in str(page.locator("#icon").get_attribute("href"))
    # Neither a link nor a step takes the last good view away.
    page.route("**/failures/**", lambda route: route.abort())
    page.get_by_role("link", name="Failures").first.click()
    expect(page.locator("#news")).to_contain_text("this page stays")
    assert page.url.endswith("/runs/")
    page.unroute("**/runs/")
    expect(page.locator(".fresh")).to_contain_text("old, live")
    assert "no answer" not in page.title()
    page.unroute("**/failures/**")
    page.get_by_role("link", name="Failures").first.click()
    page.wait_for_url("**/failures/")
    site.complaints.clear()  # the browser reports each attempt


def test_the_interval_is_chosen_and_kept(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = watched(site, "/runs/")
    page.locator(".pulse > summary").press("Enter")
    page.get_by_label("Updates").select_option("off")
    page.wait_for_timeout(300)
    polls: list[str] = page.polls  # type: ignore[attr-defined]
    asked = len(polls)
    page.goto("/deployments/")
    page.locator(".pulse > summary").press("Enter")
    expect(page.get_by_label("Updates")).to_have_value("0")
    page.wait_for_timeout(800)
    assert len(polls) == asked
    page.get_by_label("Updates").select_option("every 5 s")
    assert page.evaluate("localStorage.getItem('every')") == "5"


def test_refresh_now_reports_its_outcome(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    page.locator(".pulse > summary").press("Enter")
    page.get_by_role("button", name="Refresh now").press("Enter")
    status = page.locator("#refresh [role=status]")
    expect(status).to_have_text("Asked, reading")
    eventually(lambda: Feed.objects.filter(asked_at__isnull=False).count(), 1)
    read = timezone.now() + timedelta(seconds=1)
    Feed.objects.update(asked_at=None, attempted_at=read, runs_read=F("runs_read") + 3)
    expect(status).to_have_text("Read just now: 3 new runs")


@pytest.mark.parametrize("cookies", ["session", "all", "other"])
def test_refresh_now_reports_that_nobody_is_signed_in(site: Site, now: datetime, cookies: str) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    page.locator(".pulse > summary").press("Enter")
    if cookies == "other":
        answered_by_a_portal(page, "**/refresh/")
    else:
        page.context.clear_cookies(**({"name": "sessionid"} if cookies == "session" else {}))
    page.get_by_role("button", name="Refresh now").press("Enter")
    expect(page.locator("#refresh [role=status]")).to_have_text("Signed out: reload the page")


def test_refresh_now_needs_no_script(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/?status=failed", scripts=False)
    page.locator(".pulse > summary").click()
    page.get_by_role("button", name="Refresh now").click()
    eventually(lambda: shown(page)["url"], "/runs/?status=failed")
    assert Feed.objects.filter(asked_at__isnull=False).count() == 1
    expect(page.get_by_label("Updates")).to_be_hidden()


def test_a_script_formats_an_age_as_the_server_does(site: Site, now: datetime) -> None:
    cases = json.loads(AGES.read_text("utf-8"))
    ask = "async (all) => all.map((await import('/static/js/age.js')).formatAge)"
    page = site.open("/")
    assert page.evaluate(ask, [seconds for seconds, _ in cases]) == [text for _, text in cases]
