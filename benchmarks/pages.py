"""What a page costs, asked over HTTP in turn with the floor; how many a second are answered at most.

Before each answer the mirror gets another version, as a cycle of the sync that read something gives it: a
page is made, not given once more. What it costs to give it once more is measured afterwards.
"""

from __future__ import annotations

import html
import re
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from benchmarks.filling import Figures
from benchmarks.processes import Answer, cpu_seconds, get

READERS = 16
LASTS = 5.0  # seconds of readers that never pause
DEEP = 100  # pages down the list
AGAIN = 12  # times that a page is asked for again


class Page(NamedTuple):
    """A page to time.

    goal: the most times the floor that it should take
    kept: whether it is given once more while nothing changes
    """

    name: str
    path: str
    goal: float
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    kept: bool = False


FAILED = Page("runs, failed", "/runs/?status=failed", 0.6)
PAGES = (
    FAILED,
    Page("runs, all", "/runs/", 0.6),
    Page("runs, longest first", "/runs/?sort=-duration", 0.6),
    Page("runs, an open page asks again", "/runs/?status=failed", 0.45, {"X-Poll": "1"}, kept=True),
    Page("overview", "/", 2),
    Page("deployments", "/deployments/", 1.5),
    Page("one deployment", "/deployments/{deployment}/", 2),
    Page("failures", "/failures/", 1.5),
    Page("failures, 90 days", "/failures/?since=90d", 2),
    Page("timeline", "/timeline/", 2),
    Page("hand-over", "/handover/?since=24h", 2),
    Page("wall", "/wallboard/", 0.8),
    Page("calendar, week", "/calendar/", 5),
    Page("calendar, month", "/calendar/?view=month", 5),
    Page("calendar, agenda", "/calendar/?view=agenda", 5),
    Page("calendar, day", "/calendar/?view=day", 5),
    Page("calendar, a night", "/calendar/?view=day&to=6", 5),
    Page("q=timeout", "/runs/?q=timeout", 2),
    Page("q= without a match", "/runs/?q=no-such-thing", 2),
    Page("q= part of an id", "/runs/?q={id_end}", 2),
    Page("min_duration=10m, completed", "/runs/?min_duration=10m&status=completed", 2),
    Page("deployment_health=failing", "/runs/?deployment_health=failing", 2),
    Page("deployment_schedule=minutes", "/runs/?deployment_schedule=minutes", 2),
    Page("metrics", "/metrics", 2),
)


class Site(NamedTuple):
    """A server: its port, and the group of its processes."""

    port: int
    group: int


def time_pages(
    pages: Sequence[Page], site: Site, floor: Site, rounds: int, patience: float, renew: Callable[[], None]
) -> dict[str, Figures]:
    """Each page so many times, in turn with the floor: times, ratios, bytes.

    patience: seconds after which a slow page has been asked for often enough
    renew: gives the mirror another version
    """
    bare = Page("floor", "/", 1)
    floors, figures = _Times(), dict[str, Figures]()
    for page in pages:
        times = _Times()
        _checked(page, site)
        while len(times.seconds) < rounds and (len(times.seconds) < 3 or sum(times.seconds) < patience):
            floors.add(bare, floor)
            if not page.kept:
                renew()
            times.add(page, site)
        again = _again(page, site)
        figures[page.name] = times.figures() | _sizes(page, site) | {"goal": page.goal, "again_cpu_ms": again}
    base = floors.figures()
    for one in figures.values():
        one["ratio"], one["cpu_ratio"] = one["p50_ms"] / base["p50_ms"], one["cpu_ms"] / base["cpu_ms"]
        one["again_cpu_ratio"] = one["again_cpu_ms"] / base["cpu_ms"]
    return {"floor": base | _sizes(bare, floor)} | figures


def _again(page: Page, site: Site) -> float:
    """Milliseconds of processor for the page asked for again in one version, once every worker has it."""
    times = _Times()
    for _ in range(AGAIN):
        times.add(page, site)
    return times.figures()["cpu_ms"]


def most_a_second(site: Site, path: str) -> float:
    """Answers a second to readers who ask again at once."""
    end, answered = time.monotonic() + LASTS, list[int]()

    def read() -> None:
        while time.monotonic() < end:
            get(site.port, path)
            answered.append(1)

    readers = [threading.Thread(target=read, daemon=True) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return len(answered) / LASTS


def ready(site: Site) -> list[Page]:
    """All pages, with what their addresses name; and one far down the list of runs."""
    rows = get(site.port, FAILED.path).body.decode()
    named = {kind: re.search(rf'href="/{kind}s/([^/"?]+)/', rows) for kind in ("run", "deployment")}
    run, deployment = (match[1] if match else "" for match in named.values())
    path = FAILED.path
    for _ in range(DEEP):
        older = re.search(r'rel="next" href="([^"]+)"', get(site.port, path).body.decode())
        path = html.unescape(older[1]) if older else path
    pages = [page._replace(path=page.path.format(deployment=deployment, id_end=run[-12:])) for page in PAGES]
    return [*pages, Page(f"runs, failed, {DEEP} pages down", path, FAILED.goal)]


class _Times:
    """How long answers took, and what they cost the server."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.cpu: list[float] = []

    def add(self, page: Page, site: Site) -> None:
        before = cpu_seconds(site.group)
        self.seconds.append(_checked(page, site).seconds)
        self.cpu.append(cpu_seconds(site.group) - before)

    def figures(self) -> Figures:
        ordered = sorted(self.seconds)
        return {
            "p50_ms": statistics.median(ordered) * 1000,
            "p95_ms": ordered[int(len(ordered) * 0.95)] * 1000,
            "cpu_ms": statistics.median(self.cpu) * 1000,
            "times": len(ordered),
        }


def _checked(page: Page, site: Site) -> Answer:
    answer = get(site.port, page.path, **page.headers)
    if answer.status != 200:
        raise SystemExit(f"{page.path} answers {answer.status}")
    return answer


def _sizes(page: Page, site: Site) -> Figures:
    zipped = get(site.port, page.path, Accept_Encoding="gzip", **page.headers)
    return {"bytes": len(_checked(page, site).body), "bytes_gzipped": len(zipped.body)}
