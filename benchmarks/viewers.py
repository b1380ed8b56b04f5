"""Many open pages in front of the server and its sync: what they cost, and how long they wait."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from benchmarks.filling import Figures
from benchmarks.processes import cpu_seconds, get

VIEWERS = 50
EVERY = 5.0  # seconds between two polls of one viewer
LASTS = 30.0  # seconds
PAGES = ("/", "/runs/", "/deployments/", "/failures/", "/calendar/")


def watch(port: int, group: int) -> Figures:
    """Each viewer asks for its page by the tag of what it has, evenly spread over the time."""
    answers: Counter[int] = Counter()
    waits: list[float] = []
    tags: dict[int, str] = {}
    for page in PAGES * 2:  # warm
        get(port, page)
    began, busy = time.monotonic(), cpu_seconds(group)

    def poll(viewer: int, due: float) -> None:
        tag = tags.get(viewer, "")
        answer = get(port, PAGES[viewer % len(PAGES)], X_Poll="1", If_None_Match=tag, Accept_Encoding="gzip")
        waits.append(time.monotonic() - due)
        answers[answer.status] += 1
        tags[viewer] = answer.headers.get("ETag", "")

    pool = ThreadPoolExecutor(16)
    try:
        for number in range(int(VIEWERS * LASTS / EVERY)):
            due = began + number * EVERY / VIEWERS
            time.sleep(max(due - time.monotonic(), 0))
            pool.submit(poll, number % VIEWERS, due)
        pool.shutdown()
    finally:
        pool.shutdown(cancel_futures=True)
    return {
        "viewers": VIEWERS,
        "cores": (cpu_seconds(group) - busy) / (time.monotonic() - began),
        "p50_ms": statistics.median(waits) * 1000,
        "longest_ms": max(waits) * 1000,
        "unchanged": answers[304] / max(answers.total(), 1),
    }
