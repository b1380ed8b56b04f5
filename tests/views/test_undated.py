"""Runs whose time is not known, on the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from dashboard.models import Run
from tests.factories import NOW, Record, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.markup import Element, read

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
UNREAD: Record = {"triggered_at": "<b>soon", "created_at": None, "completed_at": None, "cas_run_extras": {}}
AHEAD = "1 run is dated after it was read: the clock of the source is off, left out where time matters"
UNKNOWN = "1 run has no time that is understood, left out where time matters"


@pytest.fixture(autouse=True)
def world() -> None:
    live()
    stored_deployments(deployment_record(created_at="<i>never"))
    stored_runs(
        run_record(1, NOW - HOUR),
        run_record(2, NOW + 8 * HOUR),
        run_record(3, NOW, "running", **UNREAD),
        now=NOW,
    )


def page(reader: Client, url: str) -> Element:
    response = reader.get(url)
    assert response.status_code == 200
    return read(response)


@pytest.mark.parametrize("url", ["/", "/runs/", "/runs/?since=1h", "/deployments/dep_a/"])
def test_a_sentence_leads_to_them(reader: Client, url: str) -> None:
    result = page(reader, url)
    marked = [element for element in result.all("p") if "data-undated" in element.attrs]
    assert [element.words() for element in marked] == [AHEAD, UNKNOWN]
    for element in marked:
        [link] = element.all("a")
        assert len(page(reader, link.attrs["href"]).ids("runs")) == 1


def test_their_rows_say_why_there_is_no_time(reader: Client) -> None:
    rows = {row.attrs["id"][-1]: row.words() for row in page(reader, "/runs/").all("tr")[1:]}
    assert "clock of the source is off" in rows["2"]
    assert "time not understood" in rows["3"]
    assert not any("1970" in words for words in rows.values())
    assert "time not understood" in page(reader, "/").words()


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (2, "The clock of the source is off. This run is dated 8 h after it was first read."),
        (3, 'Time not understood. In the record, triggered_at is "<b>soon".'),
    ],
)
def test_their_pages_say_what_is_known(reader: Client, number: int, sentence: str) -> None:
    result = page(reader, f"/runs/drun_{number:032x}/")
    assert sentence in result.words()
    assert "Its place among the runs of its deployment is not known." in result.words()
    assert "1970" not in result.words()


def test_a_deployment_says_which_of_its_times_cannot_be_read(reader: Client) -> None:
    words = page(reader, "/deployments/dep_a/").words()
    assert 'Not understood in the record: created_at, which is "<i>never".' in words
    assert "clock of the source is off: 1 run" in page(reader, "/deployments/").words()


def test_a_group_of_failures_leads_to_those_of_its_runs(reader: Client) -> None:
    stored_runs(run_record(4, NOW - HOUR, "failed"), run_record(5, NOW + 8 * HOUR, "failed"), now=NOW)
    group = Run.objects.get(run_id=f"drun_{4:032x}").fingerprint
    result = page(reader, f"/failures/{group}/")
    [marked] = [element for element in result.all("p") if "data-undated" in element.attrs]
    assert marked.words() == AHEAD
    assert page(reader, marked.one("a").attrs["href"]).ids("runs") == [f"run-drun_{5:032x}"]


def test_a_group_of_nothing_but_such_runs_says_so(reader: Client) -> None:
    stored_runs(run_record(5, NOW + 8 * HOUR, "failed"), now=NOW)
    group = Run.objects.get(run_id=f"drun_{5:032x}").fingerprint
    words = page(reader, f"/failures/{group}/").words()
    assert AHEAD in words
    assert "No run of this group has a time that is known" in words
