"""A real Chromium in front of the real site, signed in by its session cookie."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from dashboard.services.cloud.accounts import Account
from tests.browser.site import PATIENCE, Site

# The one that never has a window comes first: the same engine, and a test takes half as long in it.
NAMES = ("chromium-headless-shell", "chromium")
# Nothing but this machine is reachable from in there: no host has a name.
ARGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, started once. Its driver runs an event loop in this thread, which Django minds."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        missing = f"These tests drive Chromium, and there is none: apt-get install {NAMES[0]}"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE * 1000)
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def now() -> datetime:
    """The instant that a test's records are about; the server's clock goes on from it."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def site(
    chromium: Browser, live_server: LiveServer, client: Client, django_user_model: Any, account: Account
) -> Iterator[Site]:
    """The site with an empty mirror, one account, and one person who is signed in."""
    client.force_login(django_user_model.objects.create_user("reader", password="long enough to hold"))
    result = Site(chromium, live_server.url, client.cookies["sessionid"].value)
    yield result
    result.close()
