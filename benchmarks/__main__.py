"""`make bench`: fill a mirror through the sync, then time every page beside the floor; a table."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import browser, filling, pages, table, viewers
from benchmarks.databases import Database, PostgresServer, SqliteFile
from benchmarks.floor import SERVE
from benchmarks.processes import free_port, served

DASHBOARD = ("-m", "gunicorn", "--config", "config/gunicorn.py")
PARTS = ["sync", "pages", "browser", "viewers"]
_UNITS = {"k": 1_000, "m": 1_000_000}


def main() -> None:
    """Measure each size that was asked for; a signal ends everything that was started."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = []
    for runs in options.runs:
        results.append({"runs": runs, "deployments": options.deployments, "cores": os.cpu_count()})
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            file = SqliteFile(Path(folder) / "bench.sqlite3")
            database = PostgresServer(os.environ["DATABASE_URL"]) if options.postgres else file
            for part in measure(runs, options, database):
                results[-1] |= part
        table.show(results[-1])
        if options.json:
            options.json.write_text(json.dumps(results, indent=1) + "\n")
    table.compare(results)


def measure(runs: int, options: argparse.Namespace, database: Database) -> Iterator[dict[str, Any]]:
    """Everything at one size, part after part."""
    with filling.stand_in(runs, options.deployments) as api:
        env = api | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": database.url,
            "SECRET_KEY": "bench",
            "DASHBOARD_AUTH": "none",
            "SYNC_INTERVAL": str(filling.EVERY),
        }
        if options.mirror and isinstance(database, SqliteFile):  # one for all sizes, or one for each
            database.copy_from(options.mirror[min(options.runs.index(runs), len(options.mirror) - 1)])
        filling.migrate(env)
        if not options.mirror:
            yield {"filling": filling.fill(database, env)}
            filling.add_slots(database)
        if options.keep and isinstance(database, SqliteFile):
            database.copy_to(options.keep)
        if "sync" in options.parts:
            yield {"rest": filling.rest(env)}
        if "pages" in options.parts:
            yield _serve(env, options, database)
        if "viewers" in options.parts:
            port = free_port()
            with served(*DASHBOARD, env=env | {"PORT": str(port)}, port=port) as server:
                yield {"viewers": viewers.watch(port, server.pid)}


def _serve(env: dict[str, str], options: argparse.Namespace, database: Database) -> dict[str, Any]:
    """Time the pages of a dashboard whose sync sleeps, and the floor beside it."""
    port, floor = free_port(), free_port()
    asleep = env | {"PORT": str(port), "SYNC_INTERVAL": "86400"}
    with (
        served(*DASHBOARD, env=asleep, port=port) as dashboard,
        served(*SERVE, "--bind", f"127.0.0.1:{floor}", env=env, port=floor) as bare_stack,
    ):
        site, beside = pages.Site(port, dashboard.pid), pages.Site(floor, bare_stack.pid)
        chosen = [page for page in pages.ready(site) if options.only in page.name]
        shown = browser.show(port, pages.FAILED.path, floor) if "browser" in options.parts else None
        return {
            "pages": pages.time_pages(
                chosen, site, beside, options.rounds, options.patience, partial(filling.renew, database)
            ),
            "floor_a_second": pages.most_a_second(beside, "/"),
            "failed_a_second": pages.most_a_second(site, pages.FAILED.path),
        } | ({"browser": shown} if shown else {})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("make bench", description=__doc__)
    parser.add_argument("--runs", type=_number, nargs="+", default=[100_000], help="sizes, such as 10k 1M")
    parser.add_argument("--deployments", type=_number, default=500)
    parser.add_argument("--json", type=Path, help="a file for the figures")
    parser.add_argument("--postgres", action="store_true", help="in the empty database of DATABASE_URL")
    parser.add_argument("--keep", type=Path, help="a file for a copy of the filled mirror")
    parser.add_argument("--mirror", type=Path, nargs="+", help="kept mirrors of these sizes: fill none")
    parser.add_argument("--parts", nargs="*", default=PARTS, help="what is measured")
    parser.add_argument("--only", default="", help="pages whose names contain this")
    parser.add_argument("--rounds", type=int, default=40, help="times that each page is asked for")
    parser.add_argument("--patience", type=float, default=6.0, help="seconds for a slow page")
    return parser.parse_args()


def _number(text: str) -> int:
    """A number such as 500, 10k or 1M."""
    unit = _UNITS.get(text[-1:].lower(), 1)
    return int(text.rstrip("kKmM")) * unit


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
