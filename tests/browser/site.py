"""The site as a visitor meets it: opening pages, reading off what they show, hearing complaints."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page

from tests.judging import judge

PATIENCE = 25.0  # seconds, on a machine that has other things to do
TALL = 900
# What htmx says of a question that a later one has overtaken, as when somebody types on.
OVERTAKEN = ("htmx:sendAbort, ", "htmx:afterRequest, ")
_SHOWN = """() => ({
  url: location.pathname + location.search,
  title: document.title,
  rows: [...document.querySelectorAll('tbody tr')].map((row) => row.id),
  form: [...document.querySelectorAll('#filters :is(input, select)')]
    .filter((field) => field.type !== 'hidden')
    .map((field) => field.name + '=' + (field.type === 'checkbox' ? field.checked : field.value)),
  current: [...document.querySelectorAll('main [aria-current]')].map((element) => element.textContent.trim()),
  chips: [...document.querySelectorAll('.chip')].map((element) => element.textContent.trim()),
  complete: !!document.querySelector('html[lang] > body > header.bar') && !!document.querySelector('main'),
})"""


@dataclass
class Site:
    """Where it is, the cookie that signs a visitor in, and what its windows complained of."""

    chromium: Browser
    url: str
    session: str
    complaints: list[str] = field(default_factory=list)
    windows: list[BrowserContext] = field(default_factory=list)

    def window(
        self,
        *,
        scripts: bool = True,
        width: int = 1440,
        zone: str = "UTC",
        scheme: Any = "light",
        signed_in: bool = True,
        touch: bool = False,
    ) -> Page:
        """A browser of its own, nothing opened in it yet."""
        context = self.chromium.new_context(
            base_url=self.url,
            java_script_enabled=scripts,
            viewport={"width": width, "height": TALL},
            timezone_id=zone,
            color_scheme=scheme,
            has_touch=touch,
        )
        context.set_default_timeout(PATIENCE * 1000)
        if signed_in:
            context.add_cookies([{"name": "sessionid", "value": self.session, "url": self.url}])
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))
        self.windows.append(context)
        return context.new_page()

    def open(self, path: str, **window: Any) -> Page:
        """A page in a browser of its own."""
        judge(timezone.now())
        page = self.window(**window)
        page.goto(path)
        return page

    def close(self) -> None:
        """Close every window; no page may have made its browser complain, of the policy or of anything."""
        for context in self.windows:
            context.close()
        assert not self.complaints, "; ".join(self.complaints)

    def _console(self, message: ConsoleMessage) -> None:
        expected = _is_the_status_of(message) or message.text.startswith(OVERTAKEN)
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(f"{message.type}: {message.text}")


def _is_the_status_of(message: ConsoleMessage) -> bool:
    """Whether it only says that the page itself was answered with an error, which some tests ask for."""
    return bool(
        message.page
        and message.text.startswith("Failed to load resource")
        and message.location["url"] == message.page.url
    )


def shown(page: Page) -> dict[str, Any]:
    """What a page shows: its address, title, rows, and the state of its form."""
    state: dict[str, Any] = page.evaluate(_SHOWN)
    return state


def rows(page: Page) -> list[str]:
    """The ids of the rows, in order."""
    ids: list[str] = shown(page)["rows"]
    return ids


def focused(page: Page) -> str:
    """The element that has the focus, as the beginning of its markup."""
    markup: str = page.evaluate("() => document.activeElement.outerHTML.split('>')[0]")
    return markup


def step(page: Page, direction: str) -> None:
    """Go `back` or `forward` in a window's history.

    A list answers by loading itself anew, which the browser reports as the end of the first attempt.
    """
    with contextlib.suppress(Error):
        getattr(page, f"go_{direction}")()


def eventually(look: Callable[[], Any], wanted: Any) -> None:
    """Wait until a page that is asked shows what is wanted; one that is just being left cannot be asked."""
    until = time.monotonic() + PATIENCE
    seen: Any = None
    while time.monotonic() < until:
        try:
            seen = look()
        except Error as error:
            seen = error
        if seen == wanted:
            return
        time.sleep(0.03)
    raise AssertionError(f"wanted {wanted}\nshown  {seen}")
