"""What people come for, and in how few steps: each is one click, one choice or one tap."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from dashboard.domain.fingerprints import fingerprint
from dashboard.domain.states import Health
from dashboard.models import ReaderVisit
from tests.browser import worlds
from tests.browser.site import Site, eventually, shown
from tests.browser.test_calendar import afternoon, calendar
from tests.health_bars import changed
from tests.judging import judge

pytestmark = pytest.mark.browser


def test_in_the_morning_what_broke_is_on_the_first_page(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    judge(now)
    changed((Health.FAILING, 2), key="invoice-match", before=Health.OK, now=now)
    left = now - timedelta(hours=14)
    ReaderVisit.objects.create(user=User.objects.get(), seen_at=left, before_at=None)
    page = site.open("/")
    since = page.locator("#since-visit")
    expect(since.get_by_role("heading", level=2)).to_have_text("Since your last visit")
    expect(since).to_contain_text("invoice-match")
    expect(since.get_by_role("link", name="invoice-match").first).to_be_in_viewport()


def test_on_call_with_a_phone_the_error_text_is_two_taps_from_the_wall_and_from_a_link(
    site: Site, now: datetime
) -> None:
    worlds.fleet(now)
    judge(now)
    page = site.open("/wallboard/", width=390, touch=True)
    page.get_by_role("link", name="Overview").tap()
    page.locator("#needs .row-link").first.tap()
    expect(page.get_by_text("did not finish").first).to_be_visible()
    page.goto("/runs/?status=failed")
    page.locator("tbody tr").first.locator(".row-link").tap()
    expect(page.locator(".message")).to_contain_text("did not finish")


def test_long_failed_runs_of_an_agent_are_a_file_in_five_actions(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/runs/")
    page.locator("#pill-failed").click()
    eventually(lambda: shown(page)["chips"], ["statusfailed"])
    page.locator("#f-agent").fill("agent_a")
    page.keyboard.press("Enter")
    eventually(lambda: len(shown(page)["chips"]), 2)
    page.locator("#span-30d").click()
    eventually(lambda: len(shown(page)["chips"]), 3)
    page.locator("#f-min_duration").fill("10m")
    page.keyboard.press("Enter")
    eventually(lambda: len(shown(page)["chips"]), 4)
    with page.expect_download() as file:
        page.get_by_role("link", name="CSV", exact=True).click()
    assert file.value.url.removeprefix(site.url) == (
        "/runs.csv?status=failed&agent_id=agent_a&since=30d&min_duration=10m"
    )


@pytest.mark.parametrize("width", [1440, 390])
def test_what_runs_tonight_and_whether_long_ones_overlap_takes_two_actions(
    site: Site, now: datetime, width: int
) -> None:
    zone = afternoon(now)
    worlds.night(now, zone)
    page = site.open(f"/calendar/?tz={quote(zone)}", width=width)
    page.locator("#tonight").click()
    eventually(lambda: calendar(page)["view"], "day")
    page.get_by_text("2 long runs overlap, 02:00 to 02:30: backup (40 min), export (30 min)").wait_for()
    lanes = page.locator(".lane").all()
    assert [lane.locator("a.clip").text_content() for lane in lanes] == ["backup", "export", "brief"]
    boxes = [lane.locator("svg a .projected").bounding_box() for lane in lanes]
    backup, export, brief = (box for box in boxes if box)
    assert backup["x"] < export["x"] < backup["x"] + backup["width"] < brief["x"]
    assert brief["width"] < export["width"] < backup["width"]


def test_any_page_is_sent_to_a_colleague_in_two_clicks(site: Site, now: datetime) -> None:
    worlds.fleet(now)
    page = site.open("/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    group = f"/failures/{fingerprint('timeout_error', 'Turn 5 did not finish')}/"
    lists = ("/runs/?status=failed", "/deployments/?health=failing", "/failures/?since=30d", group)
    days = (f"/calendar/?{view}tz=UTC" for view in ("", "view=month&", "view=agenda&", "view=day&"))
    ones = ("/deployments/dep_schema-drift/", f"/runs/drun_{5:032x}/")
    for path in ("/", *lists, *days, *ones, "/timeline/?span=7d", "/wallboard/?tz=UTC"):
        page.goto(path)
        page.get_by_text("Share", exact=True).click()
        page.get_by_role("button", name="Copy the address").click()
        page.get_by_role("button", name="Copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}{path}"
    with page.expect_response("**/wallboard/**"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # the wall asks for itself
    expect(page.get_by_role("button", name="Copy the address")).to_be_focused()
