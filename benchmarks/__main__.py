"""`make bench`: fill a mirror from the stand-in API, then time the pages in process.

Every time is shown as a ratio to an empty answer (`/livez`) of the same run: machines differ, ratios less.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from threading import Event

from benchmarks import viewers

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
ROUNDS = 40
PAGES = (
    "/runs/",
    "/runs/?status=failed",
    "/runs/?status=failed&since=7d",
    "/runs/?q=timeout",
    "/runs/?sort=-duration",
    "/deployments/",
    "/failures/",
    "/",
)
NEVER_KEPT = ("/wallboard/", "/metrics")  # sent whole each time

CALENDARS = ("/calendar/", "/calendar/?view=month", "/calendar/?view=clashes")


def main() -> None:
    """Prepare a database of its own, fill it, and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "DASHBOARD_AUTH": "none",
        }
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        fill()
        measure([*PAGES, *NEVER_KEPT, deep()])
        crowd()
        measure(CALENDARS)
        unchanged([*PAGES, *CALENDARS])
    viewers.crowd()


def unchanged(paths: Sequence[str]) -> None:
    """Time the answer to a reader who has a page already against the page, and print the ratio."""
    from django.test import Client

    client = Client(headers={"accept-encoding": "gzip"}, SERVER_NAME="localhost")
    for path in paths:
        whole, empty = [], []
        for _ in range(ROUNDS // 4):
            started = time.perf_counter()
            tag = client.get(path)["ETag"]
            between = time.perf_counter()
            answer = client.get(path, headers={"if-none-match": tag})
            empty.append((time.perf_counter() - between) * 1000)
            whole.append((between - started) * 1000)
        ratio = statistics.median(whole) / statistics.median(empty)
        figures = f"{statistics.median(empty):.2f} ms, the page takes {ratio:.0f} times that"
        print(f"{path} unchanged: {answer.status_code} in {figures}")


def fill() -> None:
    """Read that many runs over real HTTP, and print how fast."""
    from django.conf import settings

    from dashboard.models import Run
    from dashboard.services.cloud.accounts import Account
    from dashboard.services.sync import Loop
    from dashboard.simulator import Fleet, Simulator, serve

    with serve(Simulator(Fleet(seed=7, deployments=200, runs=RUNS), token="bench")) as url:  # noqa: S106 - it opens nothing
        settings.ACCOUNTS = (Account("bench", url, "", "bench", lambda: "bench"),)
        loop = Loop(settings.ACCOUNTS, 10, Event())
        started = time.monotonic()
        while loop.turn() and not loop.complete():
            pass
        seconds = time.monotonic() - started
        loop.close()
    print(
        f"sync: {Run.objects.count():,} runs in {seconds:.1f} s, pacing and the stand-in's own work included"
    )


def crowd() -> None:
    """Put a large fleet with weeks of history into the mirror instead."""
    from django.utils import timezone

    from benchmarks import fleet
    from dashboard.models import Deployment

    Deployment.objects.all().delete()
    runs = fleet.fill(timezone.now())
    print(f"a fleet of {Deployment.objects.count()} deployments, {runs:,} runs in {fleet.DAYS} days")


def measure(paths: Sequence[str]) -> None:
    """Time each page against the empty answer, in turn, and print medians."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"accept-encoding": "gzip"}, SERVER_NAME="localhost")
    times: dict[str, list[float]] = {path: [] for path in ("/livez", *paths)}
    for _ in range(ROUNDS):
        for path, taken in times.items():
            started = time.perf_counter()
            answer = client.get(path)
            taken.append((time.perf_counter() - started) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{path} answers {answer.status_code}")
    empty = statistics.median(times["/livez"])
    print(f"/livez: {empty:.2f} ms, median of {ROUNDS}")
    for path in paths:
        with CaptureQueriesContext(connection) as queries:
            size = len(client.get(path).content)
        median = statistics.median(times[path])
        figures = f"{median:.1f} ms, {median / empty:.0f} times an empty answer, {len(queries)} queries"
        print(f"{path[:60]}: {figures}, {size:,} bytes gzipped")


def deep(pages: int = 100) -> str:
    """The address of a page far down in the list."""
    from django.http import QueryDict

    from dashboard.services.lists.questions import read_question
    from dashboard.services.runs import list as run_list
    from dashboard.services.status.snapshot import Snapshot
    from dashboard.views.page import now

    path = "/runs/"
    for _ in range(pages):
        given = QueryDict(path.partition("?")[2])
        query = read_question("runs", given, Snapshot(now()))
        path = run_list.list_runs(query, Snapshot(now())).pager.older_url or path
    return path


if __name__ == "__main__":
    main()
