"""What somebody waits for in Chromium until the rows are there, beside the floor as a page of its own."""

from __future__ import annotations

import shutil
import statistics
import time
from typing import Any

from playwright.sync_api import BrowserContext, sync_playwright

from benchmarks.filling import Figures

ROUNDS = 12
NAMES = ("chromium-headless-shell", "chromium")
ARGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_ROWS = "tr, [role=row]"
_LEAST = 50  # rows


def show(port: int, path: str, floor: int) -> dict[str, Figures]:
    """The list and the floor's page in turn: cold with nothing kept, warm with files kept from before."""
    with sync_playwright() as playwright:
        program = next(filter(None, map(shutil.which, NAMES)), None)
        browser = playwright.chromium.launch(executable_path=program, args=ARGS)
        seen: dict[str, list[dict[str, float]]] = {"list": [], "floor": []}
        for _ in range(ROUNDS):
            for name, url in (
                ("list", f"http://127.0.0.1:{port}{path}"),
                ("floor", f"http://127.0.0.1:{floor}/page/"),
            ):
                context = browser.new_context()
                cold, warm = _open(context, url), _open(context, url)
                seen[name].append(
                    {f"cold_{key}": cold[key] for key in cold} | {f"warm_{key}": warm[key] for key in warm}
                )
                context.close()
        browser.close()
    return {name: _medians(rounds) for name, rounds in seen.items()}


def _open(context: BrowserContext, url: str) -> dict[str, float]:
    """Milliseconds until the rows are there; bytes and requests by then and a moment later."""
    page, sizes = context.new_page(), dict[str, float]()
    session = context.new_cdp_session(page)
    session.send("Network.enable")

    def finished(event: dict[str, Any]) -> None:
        if event["encodedDataLength"]:  # what comes out of the cache has none
            sizes[event["requestId"]] = event["encodedDataLength"]

    session.on("Network.loadingFinished", finished)
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_function(f"() => document.querySelectorAll({_ROWS!r}).length >= {_LEAST}", polling="raf")
    waited_ms = (time.perf_counter() - began) * 1000
    page.wait_for_load_state("load")
    page.wait_for_timeout(100)
    page.close()
    return {"ms": waited_ms, "bytes": sum(sizes.values()), "requests": len(sizes)}


def _medians(rounds: list[dict[str, float]]) -> Figures:
    return {name: statistics.median(row[name] for row in rounds) for name in rounds[0]}
