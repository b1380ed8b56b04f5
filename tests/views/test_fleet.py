"""A random fleet, read over HTTP: every figure is what counting the upstream's records gives."""

from __future__ import annotations

import random
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, cast
from unittest.mock import patch

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from dashboard.models import Deployment, Slot
from dashboard.services.cloud import transport
from dashboard.services.cloud.accounts import Account
from dashboard.services.sync import Loop, demo_past
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.lease import LeaseHolder
from dashboard.services.sync.slots import settle_due
from dashboard.simulator import Fleet, Simulator, serve
from dashboard.web import formatting
from tests.factories import NOW
from tests.feeds import changed
from tests.judging import judged
from tests.markup import Element, read
from tests.upstream import TOKEN

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
Record = dict[str, Any]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SPECIAL = ("schema-drift-watch", "ticket-summary", "feed-ingest", "incident-timeline")
ROW = re.compile(r'<tr id="(?:run|deployment)-([^"]+)"')
NEXT = re.compile(r'<a [^>]*rel="next" href="([^"]+)"')


@pytest.fixture(scope="module")
def upstream(django_db_setup: None, django_db_blocker: Any) -> Iterator[Simulator]:
    """The fleet, read into the mirror once for all tests here."""
    simulator = Simulator(Fleet(seed=19, deployments=60, runs=4_000, now=lambda: NOW), token=TOKEN)
    with django_db_blocker.unblock():
        try:
            with time_machine.travel(NOW), serve(simulator) as url, patch.multiple(transport, APART=0.0):
                loop = Loop([Account("default", url, "", "QODER_PAT", lambda: TOKEN)], 600.0, Event())
                assert loop.turn()
                loop.close()
            yield simulator
        finally:
            call_command("flush", verbosity=0, interactive=False)


def moment(run: Record) -> datetime:
    return datetime.fromisoformat(run["triggered_at"] or run["created_at"])


@pytest.fixture(scope="module")
def runs(upstream: Simulator) -> list[Record]:
    """The upstream's runs, newest first."""
    return sorted(upstream.runs(), key=lambda run: (moment(run), run["id"]), reverse=True)


def page(reader: Client, url: str) -> Element:
    response = reader.get(url)
    assert response.status_code == 200
    return read(response)


def listed(reader: Client, url: str) -> list[str]:
    """The ids of all rows of a list, from its first page to its last."""
    collected: list[str] = []
    url += ("&" if "?" in url else "?") + "limit=200"
    while url:
        text = reader.get(url, headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
        collected += ROW.findall(text)
        onwards = NEXT.findall(text)
        url = onwards[0].replace("&amp;", "&") if onwards else ""
    return collected


def tiles(element: Element) -> dict[str, tuple[int, str]]:
    """The figures of the overview: number and link by word."""
    section = element.one("section", class_="card tiles")
    return {
        tile.all("span")[0].words(): (int(tile.one("b").words().replace(",", "")), tile.attrs["href"])
        for tile in section.all("a")
    }


def streak(mine: list[Record]) -> int:
    """Failures since a run went well; `mine` newest first."""
    number = 0
    for run in mine:
        if run["status"] == "completed":
            break
        number += run["status"] == "failed"
    return number


def of(runs: list[Record], deployment: Record) -> list[Record]:
    return [run for run in runs if run["deployment_id"] == deployment["id"]]


def test_every_tile_is_the_length_of_its_list_and_what_counting_gives(
    reader: Client, upstream: Simulator, runs: list[Record]
) -> None:
    firing = [
        deployment
        for deployment in upstream.deployments()
        if deployment["status"] == "active" and not deployment["archived_at"]
    ]
    day = [run for run in runs if moment(run) >= NOW - 24 * HOUR]
    words = Counter(run["status"] for run in day)
    expected = {
        "Failing now": sum(streak(of(runs, row)) > 0 for row in firing),
        "Missed": 0,  # nobody was looking before the first reading
        "Running": sum(run["status"] == "running" for run in runs),
        "Failed, 24 h": words["failed"],
        "Completed, 24 h": words["completed"],
    }
    shown = tiles(page(reader, "/"))
    assert {word: number for word, (number, _) in shown.items()} == expected
    assert min(expected["Failing now"], expected["Running"], words["failed"], words["completed"]) > 0
    for word, (number, url) in shown.items():
        rows = listed(reader, url)
        assert len(rows) == len(set(rows)) == number, word


def test_tiles_and_lists_agree_on_what_is_missed_or_late(reader: Client, upstream: Simulator) -> None:
    calm = judged(NOW).of_health("ok").values_list("pk", flat=True)
    keys = list(calm)
    assert len(keys) > 8
    Deployment.objects.filter(pk__in=keys[:3]).update(missed_at=NOW, last_success_at=None)
    Deployment.objects.filter(pk__in=keys[3:8]).update(due_at=NOW - HOUR)
    number, url = tiles(page(reader, "/"))["Missed"]
    assert len(listed(reader, url)) == number == 3
    assert len(listed(reader, "/deployments/?health=late")) == 5


def test_what_needs_somebody_is_the_length_of_the_list_behind_it(reader: Client, upstream: Simulator) -> None:
    result = page(reader, "/")
    shown = result.one("ol", id="needs").all("li")
    [link] = [
        a
        for a in result.all("a")
        if a.attrs["href"].startswith("/deployments/?health=blocked&health=failing&")
    ]
    more = int(link.words().split()[0]) if link.words() != "As a list" else 0
    behind = listed(reader, link.attrs["href"])
    assert len(behind) == len(shown) + more
    assert [li.attrs["id"].removeprefix("needs-") for li in shown] == behind[: len(shown)]


def test_every_bar_says_what_counting_gives_and_links_to_so_many_runs(
    reader: Client, upstream: Simulator, runs: list[Record]
) -> None:
    day, week = page(reader, "/").all("svg", role="group")
    hours = Counter(moment(run).replace(minute=0, second=0, microsecond=0) for run in runs)
    began = NOW.replace(minute=0)
    for chart, length in ((day, 24), (week, 168)):
        bars = chart.all("a")
        numbers = [sum(map(int, re.findall(r"\d+", bar.one("title").text[17:]))) for bar in bars]
        assert numbers == [hours[began - n * HOUR] for n in reversed(range(length))]
    some = random.Random(1).sample(week.all("a"), 8)  # noqa: S311
    for bar in [*day.all("a")[-12:], *some]:
        total = sum(map(int, re.findall(r"\d+", bar.one("title").text[17:])))
        assert len(listed(reader, bar.attrs["href"])) == total, bar.one("title").text


def duration_ms(run: Record) -> int | None:
    """Milliseconds, as reported or else from the start of the work to its end."""
    if run.get("duration_ms") is not None:
        return int(run["duration_ms"])
    began, ended = run["cas_run_extras"].get("started_at"), run.get("completed_at")
    if not began or not ended:
        return None
    return round((datetime.fromisoformat(ended) - datetime.fromisoformat(began)) / timedelta(milliseconds=1))


def in_words(milliseconds: float) -> str:
    return formatting.duration(timedelta(milliseconds=round(milliseconds)))


def test_a_deployments_page_says_what_counting_gives(
    reader: Client, upstream: Simulator, runs: list[Record]
) -> None:
    several = random.Random(2).sample(upstream.deployments(), 8)  # noqa: S311
    for deployment in several:
        mine = of(runs, deployment)
        shown = page(reader, f"/deployments/{deployment['id']}/")
        _rates(shown, mine)
        _strip(shown, mine)
        _streak(shown, deployment, mine)
        _usual(shown, mine)
        rows = listed(reader, f"/deployments/{deployment['id']}/")
        assert rows == [run["id"] for run in mine]


def _rates(element: Element, mine: list[Record]) -> None:
    if not any(run["status"] in ("completed", "failed") for run in mine):
        assert element.one("p", **{"data-no-rate": ""}).words() == "No run finished in 30 d."
        return
    for box, days in zip(element.one("dl", class_="bigs").all("div"), (1, 7, 30), strict=True):
        words = Counter(run["status"] for run in mine if moment(run) >= NOW - timedelta(days=days))
        completed, finished = words["completed"], words["completed"] + words["failed"]
        assert box.all("small")[0].words() == f"{completed:,} of {finished:,}"
        share = box.one("b").words()
        assert (
            share == "–"
            if not finished
            else abs(float(share.split()[-2]) - 100 * completed / finished) <= 0.1
        )


def _strip(element: Element, mine: list[Record]) -> None:
    strips = [svg for svg in element.all("svg", class_="strip") if "data-bars" in svg.attrs]
    assert len(strips) == bool(mine)
    for strip in strips:
        _drawn(strip, mine)


def _drawn(strip: Element, mine: list[Record]) -> None:
    words = Counter(run["status"] for run in mine[:60])
    order = ("completed", "failed", "skipped", "running", "pending")
    expected = ", ".join(f"{words[word]} {word}" for word in order if words[word])
    expected = f"last {min(len(mine), 60)}: {expected}"
    assert strip.attrs["aria-label"].split(";")[0] == expected
    assert [a.attrs["href"].split("/")[2] for a in strip.all("a")] == [run["id"] for run in mine[59::-1]][
        -60:
    ]


def _streak(element: Element, deployment: Record, mine: list[Record]) -> None:
    number = streak(mine)
    shown = [span.words() for span in element.all("span", class_="streak")]
    assert shown == ([f"{number} in a row"] if number > 1 else [])
    if number and deployment["status"] == "active" and not deployment["archived_at"]:
        first = [run for run in mine if run["status"] == "failed"][number - 1]
        assert f"since {moment(first).astimezone(UTC):%a %-d %b %H:%M}" in element.words()


def _usual(element: Element, mine: list[Record]) -> None:
    finished = [run for run in mine if run["status"] in ("completed", "failed")][:60]
    ordered = sorted(
        ms for run in finished if run["status"] == "completed" and (ms := duration_ms(run)) is not None
    )
    lines = [li.words() for legend in element.all("ul", class_="legend lines") for li in legend.all("li")]
    if ordered:
        p95 = next(row for row in ordered if 100 * sum(x <= row for x in ordered) >= 95 * len(ordered))
        many = f"{len(ordered)} completed run{'' if len(ordered) == 1 else 's'}"
        assert f"median {in_words(statistics.median(ordered))} (of {many})" in lines
        assert f"95 in 100 within {in_words(p95)}" in lines
    else:
        assert not any(line.startswith("median") for line in lines)


@pytest.fixture
def remembered(upstream: Simulator) -> None:
    """The past of the demonstration, written into the mirror of this fleet."""
    context = SyncContext("default", cast(Any, None), cast(Any, LeaseHolder().take()), timedelta(days=90))
    world = cast(Fleet, upstream.world)
    account = Account("default", "", "", "QODER_PAT", lambda: TOKEN, world.past_promises)
    # The first reading took a moment, in which a promise came due that it had read.
    key, at, _ = world.past_promises(NOW - MINUTE, NOW)[0]
    Slot.objects.create(account="default", deployment_id=key, at=at, seen_at=at - MINUTE)
    for _ in range(2):  # the second time there is nothing to remember
        demo_past.remember(context, account)
        demo_past.remember(context, replace(account, promised=None))
        settle_due(context)
        context.judge_all()
    changed()


@pytest.mark.usefixtures("remembered")
def test_the_demonstration_shows_all_that_can_be_shown(
    reader: Client, upstream: Simulator, runs: list[Record]
) -> None:
    ids = {record["name"]: record["id"] for record in upstream.deployments()}
    week, overview = page(reader, "/calendar/"), page(reader, "/")
    drawn = {chip.attrs["data-s"] for chip in week.all("a", class_="ev")}
    assert drawn >= {"completed", "failed", "skipped", "missed", "unobserved", "due", "projected"}
    assert "Not watched from" in week.words()
    assert re.search(r"Next run of \S+ moved from Tue 16 Jun 00:00 to Wed 17 Jun 00:00", overview.words())
    assert "+4 min" in {chip.one("small").words() for chip in week.all("a", class_="ev") if chip.all("small")}
    assert ids["search-index-refresh"] in listed(reader, "/deployments/?health=silent")
    together = overview.one("ol", class_="rows events").words()
    assert re.search(r"\d+ runs of [2-9] deployments", together)
    retried = next(
        run for run in runs if run["status"] == "completed" and run["trigger_context"]["type"] == "retry"
    )
    words = {name: page(reader, f"/deployments/{ids[name]}/").words() for name in SPECIAL}
    assert "Failing since agent version" in words["schema-drift-watch"]
    assert "first with agent version" in words["schema-drift-watch"]  # its fault line in the strip
    assert "Suspiciously fast" in words["ticket-summary"]
    assert "missed: promised for" in words["incident-timeline"]
    assert "completed, started late" in words["incident-timeline"]
    near = re.search(r"95 in 100 within 4 min \d+ s.*limit 5 min", words["feed-ingest"])
    assert near
    assert "limit 5 min, far above" not in words["feed-ingest"]
    assert page(reader, f"/deployments/{retried['deployment_id']}/").one("p", **{"data-rescued": ""})
