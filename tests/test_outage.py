"""While the API does not answer, pages and files judge everything as of the last complete reading."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from dashboard.domain.states import Health
from dashboard.models import Deployment, Feed
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs, text
from tests.feeds import failing, live
from tests.markup import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account"), pytest.mark.whole]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
READ_AT = NOW - 30 * MINUTE


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def outage() -> None:
    """Half an hour without an answer: each deployment was well when last read, and would not be now."""
    failing(words={"status": ["running", "completed"]})
    promised = {"type": "cron", "expression": "0 * * * *", "timezone": "UTC", "upcoming_runs_at": []}
    coming = promised | {"upcoming_runs_at": [text(NOW - 20 * MINUTE), text(NOW + HOUR)]}
    names = ("on-time", "in-time", "quick", "to-come")
    stored_deployments(*(deployment_record(name, schedule=coming) for name in names), now=READ_AT)
    ran = [run_record(n, NOW - 2 * HOUR, deployment_id=f"dep_{name}") for n, name in enumerate(names)]
    runs = run_record(9, NOW - 35 * MINUTE, "running", deployment_id="dep_in-time")
    stored_runs(*ran, runs, now=READ_AT)
    Deployment.objects.filter(name="on-time").update(due_at=NOW - 20 * MINUTE)
    Deployment.objects.filter(name="in-time").update(stuck_at=NOW - 10 * MINUTE)
    Deployment.objects.filter(name="quick").update(slow_at=NOW - 5 * MINUTE)


@pytest.mark.usefixtures("outage")
def test_a_stale_account_is_judged_at_its_last_complete_reading() -> None:
    snapshot = Snapshot(NOW)
    assert snapshot.judged_at == {"default": READ_AT}
    assert (snapshot.instant_of("default"), snapshot.instant_of("another")) == (READ_AT, NOW)
    assert snapshot.healths == {Health.OK: 4}


def test_an_account_that_is_configured_no_more_is_judged_when_it_was_last_read() -> None:
    live()
    live("taken out")
    Feed.objects.filter(account="taken out").update(succeeded_at=READ_AT)
    live("never read", succeeded_at=None)
    assert Snapshot(NOW).judged_at == {"taken out": READ_AT}


def test_once_it_is_read_again_now_counts_again() -> None:
    live()
    stored_deployments(deployment_record("on-time"), now=READ_AT)
    Deployment.objects.update(due_at=NOW - 20 * MINUTE)
    assert Snapshot(NOW).judged_at == {}
    assert Snapshot(NOW).healths == {Health.LATE: 1}


@pytest.mark.usefixtures("outage")
@pytest.mark.parametrize("url", ["/deployments/", "/deployments/?health=ok"])
def test_the_list_shows_every_deployment_well_standing_back(reader: Client, url: str) -> None:
    page = read(reader.get(url))
    rows = [row for row in page.all("tr") if "data-health" in row.attrs]
    assert [(row.attrs["data-health"], "data-aged" in row.attrs) for row in rows] == [("ok", True)] * 4
    assert "in 1 h" not in page.words()
    assert all("Tue 16 Jun 09:22" in row.words() and "as last read" in row.words() for row in rows)


@pytest.mark.usefixtures("outage")
@pytest.mark.parametrize("health", ["late", "stuck", "slow"])
def test_no_list_of_what_is_wrong_has_a_row(reader: Client, health: str) -> None:
    for url in (f"/deployments/?health={health}", f"/runs/?deployment_health={health}"):
        assert not read(reader.get(url)).ids("deployments") + read(reader.get(url)).ids("runs"), url
    assert len(reader.get(f"/deployments.csv?health={health}").getvalue().splitlines()) == 1


@pytest.mark.usefixtures("outage")
def test_the_overview_calls_nothing_late_stuck_or_slow_and_counts_nothing_down(reader: Client) -> None:
    page = read(reader.get("/"))
    words = page.words()
    assert "none late" in words
    assert "none stuck" in words
    assert not [row for row in page.all("li") if "data-health" in row.attrs]
    coming = [row for row in page.all("li") if "Tue 16 Jun 09:22" in row.words()]
    assert len(coming) == 4
    assert all("data-aged" in row.attrs and "as last read" in row.words() for row in coming)


@pytest.mark.usefixtures("outage")
def test_a_run_that_went_on_has_run_until_the_last_reading(reader: Client) -> None:
    for url in ("/runs/?status=running", f"/runs/drun_{9:032x}/"):
        words = read(reader.get(url)).words()
        assert "5 min" in words, url
        assert "Running for 35 min" not in words, url


@pytest.mark.usefixtures("outage")
def test_a_deployments_own_page_and_its_badge_say_what_was_so(reader: Client) -> None:
    page = read(reader.get("/deployments/dep_on-time/"))
    assert [badge for badge in page.all("span", data_s="ok") if badge.words() == "ok"]
    assert "as last read" in page.words()
    assert "ok, read 30 min ago" in reader.get("/badges/dep_on-time.svg").content.decode()


@pytest.mark.usefixtures("outage")
def test_files_and_metrics_say_the_same(reader: Client) -> None:
    table = csv.DictReader(io.StringIO(reader.get("/deployments.csv").getvalue().decode("utf-8-sig")))
    assert {row["health"] for row in table} == {"ok"}
    rows = json.loads(reader.get("/deployments.json").getvalue())["data"]
    assert {row["health"] for row in rows} == {"ok"}
    assert {row["next_run_at"] for row in rows} == {"2026-06-16T09:22:00Z"}
    metrics = reader.get("/metrics").content.decode()
    assert 'qoder_deployments{account="default",health="ok"} 4.0' in metrics
    assert 'qoder_deployments{account="default",health="late"} 0.0' in metrics
    next_runs = [line for line in metrics.splitlines() if line.startswith("qoder_deployment_next_run_")]
    assert {float(line.split()[-1]) for line in next_runs} == {(NOW - 20 * MINUTE).timestamp()}
