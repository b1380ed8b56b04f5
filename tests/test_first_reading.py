"""The first seconds: what is shown of an account that has not been read completely yet."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from dashboard.models import Feed, Gap
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.markup import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account", "first_seconds")]
HOUR = timedelta(hours=1)
PAGES = ("/", "/deployments/", "/deployments/dep_ok/", "/runs/", "/failures/", "/calendar/", "/links/")
SO_FAR = "30 runs back to 14 Jun 09:42 and 3 deployments so far"


@pytest.fixture
def first_seconds() -> None:
    """Two pages of runs and three deployments have been read; one of these fails for certain."""
    live(succeeded_at=None, attempted_at=None, runs_kept=30)
    Gap.objects.create(account="default", from_at=NOW - 48 * HOUR, until_at=NOW - 90 * 24 * HOUR)
    stored_deployments(*(deployment_record(name) for name in ("ok", "failing", "late")))
    stored_runs(
        *(run_record(n, NOW - (n + 1) * HOUR, deployment_id="dep_ok") for n in range(28)),
        run_record(100, NOW - HOUR, "failed", deployment_id="dep_failing"),
        run_record(101, NOW - HOUR, deployment_id="dep_late"),
    )


@pytest.mark.parametrize("url", PAGES)
def test_every_page_says_what_has_been_read_so_far(reader: Client, url: str) -> None:
    with time_machine.travel(NOW, tick=False):
        shown = read(reader.get(url))
    [banner] = [element.words() for element in shown.all("div", class_="banner filling")]
    assert banner == f"First reading: {SO_FAR}. Until it is complete only what is certain is judged."
    assert shown.all("title")[0].words().startswith("(1!, first reading) ")
    assert "nothing has been read yet" not in shown.words()


def test_the_overview_calls_nothing_fine_that_is_not_certain(reader: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        shown = read(reader.get("/"))
    assert shown.one("h1").words().startswith("1 deployment failing, since ")
    verdict = shown.one("section", class_="verdict").words()
    assert "2 not judged yet 3 deployments, 26 runs in 24 h, not all is read yet" in verdict
    assert not shown.all("p", class_="calm")


def test_the_list_and_the_wall_show_what_is_not_judged(reader: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        rows = [row for row in read(reader.get("/deployments/")).all("tr") if "data-health" in row.attrs]
        screen = read(reader.get("/wallboard/"))
    tiles = [tile.attrs["data-health"] for tile in screen.all("li") if "data-health" in tile.attrs]
    assert [row.attrs["data-health"] for row in rows] == ["failing", "unread", "unread"]
    assert tiles == ["failing", "unread", "unread"]
    assert "not all is read yet" in screen.one("h1").words()
    assert "not all read" in screen.words()


def test_programs_are_given_the_same(reader: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        probe = Client().get("/healthz")
        metrics = reader.get("/metrics").content.decode()
        feed = json.loads(reader.get("/deployments.json").getvalue())["feeds"][0]
        table = reader.get("/deployments.csv").getvalue().decode("utf-8-sig")
    assert probe.status_code == 503
    assert probe.content.decode() == "never: first reading, runs back to 2026-06-14T09:42Z\n"
    for line in (
        'qoder_feed_fresh{account="default"} 0.0',
        'qoder_feed_runs{account="default"} 30.0',
        'qoder_deployments{account="default",health="unread"} 2.0',
        'qoder_deployments{account="default",health="ok"} 0.0',
    ):
        assert line in metrics
    assert "qoder_feed_judged_timestamp_seconds{" not in metrics
    assert (feed["state"], feed["judged_at"], feed["runs"], feed["deployments"]) == ("never", None, 30, 3)
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["health"] for row in rows} == {"failing", "unread"}
    assert {(row["judged_at"], row["success_rate_7d"], row["finished_7d"]) for row in rows} == {("", "", "")}


def test_once_it_is_read_completely_it_is_judged(reader: Client) -> None:
    Feed.objects.update(succeeded_at=NOW, attempted_at=NOW)
    with time_machine.travel(NOW, tick=False):
        shown = read(reader.get("/"))
    assert shown.one("h1").words().startswith("1 deployment failing, since ")
    assert "2 fine" in shown.one("section", class_="verdict").words()
    assert not shown.all("div", class_="banner")
