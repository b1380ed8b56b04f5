"""Every page in every state: nothing bars the way, nothing sticks out, nothing is too small to hit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.auth.models import User
from playwright.sync_api import Page

from dashboard.access import users
from dashboard.domain.fingerprints import fingerprint
from dashboard.models import SavedView
from tests.browser import worlds
from tests.browser.site import Site

pytestmark = pytest.mark.browser

FAILED_RUN = f"/runs/drun_{5:032x}/"
FAILURE = f"/failures/{fingerprint('timeout_error', 'Turn 5 did not finish')}/"
STRANGE_FAILURE = f"/failures/{fingerprint(worlds.LONG, f'{worlds.LONG} ' * 14)}/"
SIGNED_IN = [
    (worlds.fleet, "/"),
    (worlds.fleet, "/deployments/?health=failing&health=paused-error&health=never&health=paused"),
    (worlds.fleet, "/deployments/dep_schema-drift/"),
    (worlds.hostile, "/timeline/"),
    (worlds.hostile, "/calendar/"),
    (worlds.hostile, "/calendar/?view=day"),
    (worlds.hostile, "/jump/?q=e"),
    (worlds.fleet, "/handover/?since=7d"),
    (worlds.fleet, "/runs/?limit=10"),
    (worlds.fleet, "/runs/?status=failed&status=skipped&since=7d&nonsense=1&limit=10"),
    (worlds.fleet, FAILED_RUN),
    *((worlds.retried, f"/runs/drun_{number:032x}/") for number in (3, 4, 5, 6)),
    (worlds.fleet, "/failures/"),
    (worlds.fleet, FAILURE),
    (worlds.fleet, "/runs/?q=matches+nothing"),
    (worlds.fleet, "/nowhere/"),
    (worlds.calm, "/deployments/?limit=10"),
    (worlds.calm, "/failures/?since=24h"),
    (worlds.empty, "/deployments/"),
    (worlds.empty, "/runs/"),
    (worlds.unread, "/runs/"),
    (worlds.stale, "/deployments/?limit=10"),
    (worlds.unread, "/"),
    (worlds.fleet, "/links/?of=/calendar/"),
    (worlds.linked, "/links/"),
    (worlds.hostile, "/deployments/"),
    (worlds.hostile, "/deployments/dep_h0/"),
    (worlds.hostile, "/runs/"),
    (worlds.hostile, "/failures/"),
    (worlds.hostile, STRANGE_FAILURE),
    (worlds.hostile, f"/runs/?q={worlds.LONG}&agent_id={worlds.LONG}"),
    (worlds.hostile, f"/runs/drun_{0:032x}/"),
]
MANAGED = (
    *("/notes/?deployment=dep_h0", "/notes/", "/quiet/", "/rules/"),
    *("/people/", "/audit/", "/account/codes/", "/account/password/", "/views/?of=/runs/"),
)
WIDTHS = (1440, 1024, 390)
LIGHT_AND_DARK: tuple[tuple[Literal["light", "dark"], dict[str, object]], ...] = (
    ("light", {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}),
    ("dark", {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}),
)
# Colours take axe half of its time.
COLOURS_APART = {
    "resultTypes": ["violations"],
    "rules": {"target-size": {"enabled": True}, "color-contrast": {"enabled": False}},
}
# The rules that a page breaks, each with the first three elements that break it.
_BROKEN = """async (options) => (await axe.run(options)).violations.map(({ id, nodes }) => `${id}: `
  + nodes.slice(0, 3).map((it) => `${it.html.slice(0, 160)}: ${it.failureSummary}`).join('; '))"""
# Words in a line of text keep the height of the line; a row of a table, or a row that is a link, has room.
SMALL = """() => [...document.querySelectorAll('a, button, input, select, summary')]
  .filter((it) => !it.closest('tbody, p, dd, svg, .vh, .skip, .row-link') && it.type !== 'checkbox')
  .filter((it) => it.checkVisibility())
  .map((it) => [it, it.getBoundingClientRect()])
  .filter(([it, box]) => box.width && (box.width < 23.9 || box.height < 23.9))
  .map(([it, box]) => `${it.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""

_SPILT = """() => [...document.querySelectorAll('main :is(td, p, h1, h2, dd, header, li, small)')]
  .filter((it) => it.clientWidth && it.checkVisibility() && it.scrollWidth > it.clientWidth + 1
    && getComputedStyle(it).overflowX === 'visible')
  .map((it) => `${it.outerHTML.slice(0, 80)} holds ${it.scrollWidth} in ${it.clientWidth}`)"""


def _id(case: object) -> str:
    return case[-40:] if isinstance(case, str) else getattr(case, "__name__", "")


def barriers(page: Page) -> list[str]:
    """What axe finds on a desk in light and dark, and on a phone, where the colours are the same ones."""
    collected = []
    page.evaluate(AXE_SCRIPT)
    for width, scheme, options in (*((1440, *row) for row in LIGHT_AND_DARK), (390, "light", COLOURS_APART)):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        # A calendar opens where now is: what lies half under the bar then has no size of its own there.
        page.evaluate("scrollTo(0, 0)")
        collected += [f"{width} {scheme} {row}" for row in page.evaluate(_BROKEN, options)]
    return collected


def broken(page: Page) -> list[str]:
    """What axe finds on the page as it stands: its width, its colours, the place it is scrolled to.

    Half of a target may be under the head there, which tells nothing of its size.
    """
    page.evaluate(AXE_SCRIPT)
    measured: list[str] = page.evaluate(_BROKEN, {"resultTypes": ["violations"]})
    return measured


def oversize(page: Page) -> list[str]:
    """At each width: a page that scrolls sideways, and text that runs out of its place."""
    collected = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.scrollingElement.scrollWidth")
        collected += [f"{width}: the page is {wide} wide"] if wide > width else []
        collected += [f"{width}: {row}" for row in page.evaluate(_SPILT)]
    return collected


@pytest.mark.parametrize(("world", "path"), SIGNED_IN, ids=_id)
def test_a_page_has_no_barrier_and_does_not_scroll_sideways(
    site: Site, now: datetime, world: Callable[[datetime], None], path: str
) -> None:
    world(now)
    page = site.open(path)
    assert oversize(page) == []
    assert page.evaluate(SMALL) == []  # at the last width, a phone's
    assert barriers(page) == []


def test_the_menu_behind_the_age_what_waits_and_the_jump_box_have_no_barrier(
    site: Site, now: datetime
) -> None:
    worlds.fleet(now)
    page = site.open("/runs/?limit=10")
    page.evaluate("""() => { const news = document.querySelector('[data-news]');
      news.hidden = false; news.firstElementChild.textContent = '3 new runs: show'; }""")
    page.locator(".pulse > summary").press("Enter")
    assert oversize(page) == []
    assert page.evaluate(SMALL) == []
    assert barriers(page) == []
    page.keyboard.press("Control+k")
    page.locator("#jump [role=option]").first.wait_for()
    assert barriers(page) == []


def test_what_people_know_and_manage_has_no_barrier(site: Site, now: datetime) -> None:
    worlds.people(now)
    User.objects.filter(username="reader").update(is_superuser=True)
    SavedView.objects.create(name="W" * 60, page="runs", address="/runs/?status=odd")
    page = site.open("/")
    collected = []
    for path in MANAGED:
        page.goto(path)
        collected += [f"{path} {row}" for row in (*oversize(page), *page.evaluate(SMALL), *broken(page))]
    assert collected == []


@pytest.mark.parametrize("path", ["/sign-in/?next=/runs/", "/sign-in/wrong", "/first-sign-in/"])
def test_signing_in_has_no_barrier(site: Site, django_user_model: type, path: str) -> None:
    if path == "/first-sign-in/":
        django_user_model.objects.all().delete()  # type: ignore[attr-defined]
        path += users.first_link_token() + "/"
    page = site.open(path.removesuffix("wrong"), signed_in=False)
    if path.endswith("wrong"):
        page.get_by_label("Name").fill("reader")
        page.get_by_label("Password").fill("not this one")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").wait_for()
    assert oversize(page) == []
    assert page.evaluate(SMALL) == []
    assert barriers(page) == []


@pytest.mark.parametrize("path", ["/deployments/", "/runs/?status=failed"])
def test_every_control_on_a_desk_is_large_enough_to_hit(site: Site, now: datetime, path: str) -> None:
    worlds.fleet(now)
    assert site.open(path).evaluate(SMALL) == []


def test_nothing_that_the_api_says_is_taken_for_markup(site: Site, now: datetime) -> None:
    worlds.hostile(now)
    for path in ("/deployments/", "/deployments/dep_h1/", "/runs/", f"/runs/drun_{1:032x}/", "/failures/"):
        page = site.open(path)
        assert page.title() != "taken"
        assert page.locator("main b b").count() == 0
