"""Finding something in a list: filtering, paging, opening a row, coming back, and passing the link on."""

from __future__ import annotations

import contextlib
import time
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Error, Page, Route, expect

from dashboard.services.runs import list as run_list
from tests.browser import worlds
from tests.browser.site import Site, eventually, focused, rows, shown, step

pytestmark = pytest.mark.browser

WITH_AND_WITHOUT = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])


def settled(page: Page, path: str) -> dict[str, Any]:
    """What a page shows once it has come to an address."""
    eventually(lambda: page.evaluate("location.pathname + location.search"), path)
    eventually(lambda: page.locator("#list.htmx-request").count(), 0)
    page.wait_for_load_state()
    return shown(page)


def follow(page: Page, selector: str) -> dict[str, Any]:
    """Click a link and see what it leads to."""
    link = page.locator(selector).first
    path = link.get_attribute("href")
    assert path is not None
    link.click()
    return settled(page, path)


@WITH_AND_WITHOUT
def test_back_forward_and_reload_show_the_same_page_again(site: Site, now: datetime, scripts: bool) -> None:
    worlds.fleet(now)
    page = site.open("/runs/", scripts=scripts)
    everything = shown(page)
    filtered = follow(page, "#pill-failed")
    page.get_by_label("Search").fill("timeout_error")
    page.get_by_label("Search").press("Enter")
    eventually(lambda: len(rows(page)) == 50 and "timeout_error" in shown(page)["title"], True)
    searched = settled(page, shown(page)["url"])  # a browser's own form also sends what is empty
    older = follow(page, "#next")
    follow(page, "tbody tr:nth-child(3) .c-when a")
    assert len({tuple(state["rows"]) for state in (everything, filtered, older)}) == 3
    assert "timeout_error" in searched["title"]

    step(page, "back")
    eventually(lambda: shown(page), older)
    step(page, "back")
    eventually(lambda: shown(page), searched)
    step(page, "back")
    eventually(lambda: shown(page), filtered)
    step(page, "back")
    eventually(lambda: shown(page), everything)
    step(page, "forward")
    eventually(lambda: shown(page), filtered)
    step(page, "forward")
    eventually(lambda: shown(page), searched)
    step(page, "forward")
    eventually(lambda: shown(page), older)
    page.reload()
    eventually(lambda: shown(page), older)


@WITH_AND_WITHOUT
def test_a_link_passed_on_opens_the_same_page(site: Site, now: datetime, scripts: bool) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    follow(page, "#pill-failed")
    follow(page, "#size-20")
    here = follow(page, "#next")
    other = site.open(here["url"], scripts=scripts)
    eventually(lambda: shown(other), here)


def test_a_patched_page_comes_back_complete(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    filtered = follow(page, "#pill-skipped")
    page.goto("/deployments/")
    step(page, "back")
    eventually(lambda: shown(page), filtered)
    assert filtered["complete"]
    assert page.locator("#filters").count() == 1


def test_back_while_a_page_still_loads_leads_to_that_page(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    everything = shown(page)
    follow(page, "#pill-skipped")
    held: list[Route] = []
    page.route("**/script/site-*.js", lambda route: held.append(route))
    page.reload(wait_until="commit")
    eventually(lambda: page.evaluate("1") and len(held), 1)
    page.unroute("**/script/site-*.js")
    step(page, "back")
    for route in held:
        with contextlib.suppress(Error):  # the browser may have given it up
            route.continue_()
    eventually(lambda: shown(page), everything)


def test_a_browser_s_own_form_does_the_same_without_scripts(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/?status=failed", scripts=False)
    page.get_by_label("Deployment: name or id").fill("Schema-Drift")
    page.get_by_role("button", name="Filter", exact=True).click()
    eventually(lambda: shown(page)["chips"], ["deploymentschema-drift", "statusfailed"])
    assert len(rows(page)) == 16
    page.get_by_label("Deployment, schema-drift").fill("invoice-match")
    page.keyboard.press("Enter")
    two = ["deploymentinvoice-match", "deploymentschema-drift", "statusfailed"]
    eventually(lambda: shown(page)["chips"], two)
    page.get_by_role("checkbox", name="schema-drift").uncheck()
    page.get_by_text("Dates", exact=True).click()
    page.get_by_label("From", exact=True).fill("2020-01-02T03:04")
    page.get_by_role("button", name="Show", exact=True).click()
    eventually(lambda: shown(page)["chips"], [two[0], "statusfailed", "since2020-01-02T03:04"])
    page.get_by_text("Share", exact=True).click()
    assert page.get_by_role("button", name="Copy the address").count() == 0


def test_any_number_of_deployments_is_chosen_by_typing_with_keys_mouse_and_finger(
    site: Site, now: datetime
) -> None:
    worlds.fleet(now)
    page = site.open("/runs/?status=failed")
    field = page.locator("#f-deployment")
    active = page.locator("[role=option][data-active]")
    field.focus()
    page.keyboard.press("Backspace")  # nothing is chosen yet
    page.keyboard.type("-")
    expect(page.locator("#choices li")).to_have_count(20)
    expect(page.get_by_role("listbox", name="Deployments")).to_be_visible()
    page.keyboard.type("match")
    expect(page.get_by_text("1 deployment", exact=True)).to_be_visible()
    assert shown(page)["url"] == "/runs/?status=failed"  # what is typed is no filter yet
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", active.get_attribute("id") or "")
    page.keyboard.press("Enter")
    one = settled(page, "/runs/?deployment_id=dep_invoice-match&status=failed")
    assert one["chips"] == ["deploymentinvoice-match", "statusfailed"]
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.type("schema")
    page.locator("#choices").get_by_text("schema-drift").click()
    settled(page, "/runs/?deployment_id=dep_invoice-match&deployment_id=dep_schema-drift&status=failed")
    expect(field).to_have_attribute("aria-label", "Deployment, 2 selected")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    page.keyboard.press("Backspace")
    assert settled(page, one["url"])["chips"] == one["chips"]
    page.keyboard.press("ArrowUp")  # opens: what is chosen stands first
    expect(page.locator("#choices [aria-selected=true]")).to_have_text("invoice-match")
    page.keyboard.press("ArrowDown")
    expect(active).to_have_text("invoice-match")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    settled(page, "/runs/?status=failed")
    page.keyboard.type("triage-inbox")
    page.keyboard.press("Tab")
    expect(field).to_have_value("")
    field.fill("TRIAGE-inbox")
    page.keyboard.press("Enter")  # a name in full needs no list
    settled(page, "/runs/?deployment_id=dep_triage-inbox&status=failed")
    expect(field).to_have_value("")


def test_on_a_phone_a_finger_opens_the_list_and_chooses(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.window(width=390, touch=True)
    page.goto("/runs/")
    page.get_by_text("Filters", exact=True).tap()
    page.locator("#f-agent").tap()
    option = page.locator("#choices li").first
    expect(option).to_contain_text("and 23 more")
    assert page.locator(".choices").bounding_box()["width"] <= 390  # type: ignore[index] # it is visible
    option.tap()
    settled(page, "/runs/?agent_id=agent_a")
    page.get_by_role("heading", name="Runs").tap()
    expect(page.locator(".choices")).to_be_hidden()


def test_typing_keeps_the_focus_and_every_keystroke(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    answer = run_list.list_runs

    def slowly(*asked: Any) -> Any:
        time.sleep(0.4)
        return answer(*asked)

    monkeypatch.setattr(run_list, "list_runs", slowly)
    page.keyboard.press("/")
    for part in ("schema", "-dr", "ift"):  # each pause is long enough to ask, the next part comes meanwhile
        page.keyboard.type(part, delay=20)
        page.wait_for_timeout(620)
    settled(page, "/runs/?q=schema-drift")
    field = page.get_by_label("Search")
    expect(field).to_be_focused()
    expect(field).to_have_value("schema-drift")
    assert len(rows(page)) == 26
    assert page.title().endswith("Runs: matching schema-drift")


def test_what_is_typed_in_one_go_is_one_step_back(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    steps = page.evaluate("history.length")
    field = page.get_by_label("Search")
    for text in ("schema", "schema-dr", "schema-drift"):
        field.fill(text)
        settled(page, f"/runs/?q={text}")
    field.press("Enter")  # asks for what is already there
    page.wait_for_timeout(300)
    assert page.evaluate("history.length") == steps + 1
    step(page, "back")
    eventually(lambda: shown(page)["url"], "/runs/")
    expect(page.get_by_label("Search")).to_have_value("")


def test_choosing_something_after_typing_is_a_step_of_its_own(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    page.get_by_label("Search").fill("schema")
    searched = settled(page, "/runs/?q=schema")
    follow(page, "#pill-failed")
    step(page, "back")
    eventually(lambda: shown(page), searched)


def test_a_pill_is_switched_on_and_off(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    failed = follow(page, "#pill-failed")
    assert failed["url"] == "/runs/?status=failed"
    assert failed["title"].endswith("Runs: status failed")
    assert page.locator("tbody tr:not([data-status=failed])").count() == 0
    both = follow(page, "#pill-skipped")
    assert len(both["current"]) == 3  # and the page size
    assert both["title"].endswith("Runs: status failed or skipped")
    follow(page, "#pill-failed")
    assert page.locator("tbody tr:not([data-status=skipped])").count() == 0
    assert "pill-failed" in focused(page)


def test_a_chip_takes_its_filter_off_and_the_focus_goes_on(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/?status=failed&q=timeout&since=7d")
    assert len(shown(page)["chips"]) == 3
    page.get_by_role("link", name="Remove status failed").press("Enter")
    settled(page, "/runs/?q=timeout&since=7d")
    assert "Remove matching timeout" in focused(page)
    page.keyboard.press("Enter")
    settled(page, "/runs/?since=7d")
    expect(page.get_by_label("Search")).to_have_value("")
    assert "Remove since 7d" in focused(page)
    page.keyboard.press("Enter")
    settled(page, "/runs/")
    assert 'id="list"' in focused(page)
    page.keyboard.press("Tab")
    assert "pill-all" in focused(page)


def test_the_last_page_keeps_the_focus_in_the_list(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/?limit=100")
    page.locator("#next").press("Enter")
    eventually(lambda: len(rows(page)), 45)
    assert "<body" not in focused(page)


@pytest.mark.parametrize(
    ("head", "first", "then"),
    [("Duration", "-duration", "duration"), ("Started", "triggered_at", "-triggered_at")],
)
def test_a_head_sorts_the_list(site: Site, now: datetime, head: str, first: str, then: str) -> None:
    worlds.fleet(now)
    page = site.open("/runs/?limit=20")
    link = page.get_by_role("columnheader").get_by_role("link", name=head)
    seen = []
    for sort in (first, then):
        link.click()
        default = sort == "-triggered_at"
        settled(page, "/runs/?limit=20" if default else f"/runs/?sort={sort}&limit=20")
        direction = "descending" if sort.startswith("-") else "ascending"
        expect(page.get_by_role("columnheader", name=head)).to_have_attribute("aria-sort", direction)
        seen.append(rows(page)[0])
        assert f"sort-{head.lower()}" in focused(page)
    assert seen[0] != seen[1]


def test_the_size_of_a_page_is_chosen(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    assert len(rows(page)) == 50
    follow(page, "#size-20")
    assert len(rows(page)) == 20
    follow(page, "#size-100")
    assert len(rows(page)) == 100


def test_a_row_is_reached_and_opened_by_keyboard_alone(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/deployments/")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("!!document.activeElement.closest('tbody')"):
            break
    name = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_slash_goes_to_the_search_field(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/deployments/")
    page.keyboard.press("/")
    expect(page.get_by_label("Search")).to_be_focused()
    page.keyboard.type("a/b")
    expect(page.get_by_label("Search")).to_have_value("a/b")


def test_keys_lead_from_row_to_row_and_from_page_to_page_until_they_are_switched_off(
    site: Site, now: datetime
) -> None:
    worlds.fleet(now)
    page = site.open("/deployments/")
    rows = page.locator("main tbody tr")
    for key, place in (("j", 0), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        expect(rows.nth(place).locator("a:focus")).to_have_count(1)
    page.keyboard.press("g")
    page.keyboard.press("r")
    settled(page, "/runs/")
    page.keyboard.press("?")
    expect(page.get_by_text("these keys")).to_be_visible()
    expect(page).to_have_url(f"{site.url}/runs/")
    page.get_by_label("Keys", exact=True).first.select_option("off")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("html")).to_have_attribute("data-keys", "off")
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page).to_have_url(f"{site.url}/runs/")


def test_the_skip_link_leads_past_the_bar(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/deployments/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert 'id="main"' in focused(page)


def test_a_field_that_is_typed_in_keeps_its_text_while_another_filter_is_applied(
    site: Site, now: datetime
) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    page.get_by_text("More filters").click()
    field = page.locator("#f-error")
    page.locator("#f-trigger_type").select_option("manual")
    field.focus()
    page.keyboard.type("time")
    settled(page, "/runs/?trigger_type=manual")
    expect(field).to_be_focused()
    expect(field).to_have_value("time")
    expect(page.locator("#f-trigger_type")).to_have_value("manual")
    expect(page.locator("#news")).to_have_text("0 runs")
