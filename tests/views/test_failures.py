"""The pages of failures: the groups as page and fragment, and one group."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dashboard.domain.fingerprints import fingerprint
from dashboard.models import Gap, Run
from tests.factories import NOW, Record, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import failing, live
from tests.markup import Element, read

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HTMX = {"HX-Request": "true"}


def failed(number: int, at: Any, message: str = "too slow", **changes: Any) -> Record:
    error = {"type": "timeout_error", "message": message}
    return run_record(number, at, "failed", error=error, **changes)


def page(reader: Client, url: str = "/failures/", **headers: str) -> Element:
    response = reader.get(url, headers=headers)
    assert response.status_code == 200
    return read(response)


def group(message: str = "too slow") -> str:
    return fingerprint("timeout_error", message)


def test_every_group_says_who_it_is_and_opens_to_its_runs(reader: Client) -> None:
    live()
    stored_runs(failed(1, NOW - HOUR, "no 1\nat all"), failed(2, NOW - 3 * HOUR, "no 2\nat all"))
    stored_runs(failed(3, NOW - 2 * HOUR, "other", deployment_id="dep_b"))
    shown = page(reader)
    assert shown.ids("failures") == [f"failure-{group('no 1 at all')}", f"failure-{group('other')}"]
    row = shown.one("tr", id=f"failure-{group('no 1 at all')}")
    assert row.attrs["data-status"] == "failed"
    assert row.one("span", class_="st").attrs["data-s"] == "failed"
    assert row.one("a", href=f"/failures/{group('no 1 at all')}/?since=7d").words() == "timeout_error no 1"
    runs = row.one("a", href=f"/runs/?since=7d&fingerprint={group('no 1 at all')}")
    assert runs.words().startswith("2 runs")
    assert page(reader, runs.attrs["href"]).ids("runs") == [f"run-drun_{1:032x}", f"run-drun_{2:032x}"]
    assert "1 deployment" in row.words()
    assert [time.attrs["datetime"] for time in row.all("time")][::2] == [
        *("2026-06-16T06:42:00Z", "2026-06-16T08:42:00Z")
    ]


def test_a_spark_says_in_words_what_it_draws(reader: Client) -> None:
    live()
    stored_runs(failed(1, NOW), failed(2, NOW - 2 * DAY))
    spark = page(reader).one("table", id="failures").one("svg", class_="spark")
    assert spark.attrs["role"] == "img"
    assert spark.attrs["aria-label"] == spark.one("title").text
    assert spark.attrs["aria-label"].startswith("2 runs in 7 d, 1 of them in the 6 h from ")
    assert len(spark.all("rect")) == 2


def test_what_the_deployments_of_a_group_share_is_shown_with_them(reader: Client) -> None:
    live()
    stored_deployments(
        *(deployment_record(key, environment_id=f"env_{key}", vault_ids=["vault_v"]) for key in "ab"),
        deployment_record("z", agent={"id": "agent_z", "version": 1}),
    )
    stored_runs(*(failed(n, NOW, deployment_id=f"dep_{'ab'[n]}") for n in range(2)))
    text = "agent agent_a v1, vault vault_v"
    assert (
        f"2 deployments, 2 still failing; all of {text}"
        in page(reader).one("tr", id=f"failure-{group()}").words()
    )
    assert f"They share{text}" in page(reader, f"/failures/{group()}/").words()


def test_a_new_group_is_marked_and_one_of_which_too_little_is_known_is_not(reader: Client) -> None:
    live()
    stored_runs(failed(1, NOW - HOUR))
    assert page(reader).one("tr", id=f"failure-{group()}").one("span", class_="new").words() == "new"
    assert page(reader, f"/failures/{group()}/").one("h1").text
    gap = Gap.objects.create(account="default", from_at=NOW - 2 * HOUR, until_at=NOW - 90 * DAY)
    row = page(reader).one("tr", id=f"failure-{group()}")
    assert not row.all("span", class_="new")
    assert "or before" in row.words()
    gap.delete()
    assert "or before" not in page(reader).one("tr", id=f"failure-{group()}").words()


@pytest.mark.parametrize("path", ["/failures/", f"/failures/{group()}/"])
def test_numbers_say_what_they_are_based_on(reader: Client, path: str) -> None:
    live()
    stored_runs(failed(1, NOW), failed(2, NOW))
    since = "Tue 9 Jun 09:42" if path == "/failures/" else "Wed 18 Mar 09:42"
    assert f"2 failed runs since {since}, complete" in page(reader, path).words()
    Gap.objects.create(account="default", from_at=NOW - HOUR, until_at=NOW - 90 * DAY)
    words = page(reader, path).words()
    assert f"2 failed runs since {since}, not complete: read back to Tue 16 Jun 08:42, older runs" in words


def test_numbers_that_are_not_complete_say_every_reason(reader: Client) -> None:
    assert (
        "0 failed runs since Tue 9 Jun 09:42, not complete: the first reading is under way"
        in page(reader).words()
    )
    failing(malformed=2)
    words = page(reader, "/failures/?until=yesterday").words()
    assert (
        "until Tue 16 Jun 00:00, not complete: last read Tue 16 Jun 09:12; 2 unreadable records left out"
        in words
    )
    Gap.objects.create(account="default", from_at=NOW - HOUR, until_at=NOW - 90 * DAY)
    assert "older runs have not been read; last read Tue 16 Jun 09:12; 2 unreadable" in page(reader).words()


def test_groups_are_paged_and_counted(reader: Client) -> None:
    live()
    letters = "ghijklmnopqr"
    stored_runs(*(failed(n, NOW - n * HOUR, f"no {letter * 3}") for n, letter in enumerate(letters)))
    first = page(reader, "/failures/?limit=10")
    assert first.one("div", id="head").all("p")[0].words() == "12 groups"
    assert "10 of 12 groups" in first.one("nav", class_="pager").words()
    second = page(reader, first.one("a", rel="next").attrs["href"])
    assert second.ids("failures") == [f"failure-{group(f'no {letter * 3}')}" for letter in "qr"]


def test_an_answer_to_htmx_is_the_page_and_names_its_clean_address(reader: Client) -> None:
    live()
    stored_runs(failed(1, NOW))
    response = reader.get("/failures/?since=7d&q=slow&sort=-last_seen", headers=HTMX)
    assert response["HX-Push-Url"] == "/failures/?q=slow"
    result = read(response)
    assert result.all("title")[0].words() == "Failures: matching slow"
    assert result.ids("failures") == [f"failure-{group()}"]


def test_without_failures_the_page_says_so(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW))
    assert "Nothing failedNo run of this time failed." in page(reader).words()
    two_chips = page(reader, "/failures/?since=24h&until=1h")
    assert "Nothing failed" in two_chips.words()
    assert [chip.one("b").words() for chip in two_chips.all("span", class_="chip")] == ["24h", "1h"]
    assert "No group matches these filters" in page(reader, "/failures/?q=nothing").words()
    Gap.objects.create(account="default", from_at=NOW - HOUR, until_at=NOW - 90 * DAY)
    assert "Nothing failed in what has been read so far" in page(reader).words()


def test_one_group_is_shown_whole(reader: Client) -> None:
    live()
    stored_deployments(deployment_record("a") | {"name": "Nightly"})
    message = "no 1 <b>at</b>\nall"
    stored_runs(failed(1, NOW, message), failed(2, NOW - DAY, message), failed(3, NOW, "other"))
    shown = page(reader, f"/failures/{group(message)}/")
    assert shown.all("title")[0].words() == "(1!) Failure: timeout_error"
    assert shown.one("p", class_="message").text == message
    assert "no <n> <b>at</b> all" in shown.one("bdi", class_="pattern").text
    assert shown.ids("runs") == [f"run-drun_{1:032x}", f"run-drun_{2:032x}"]
    touched = shown.one("ul", class_="touched")
    assert touched.one("a", href="/deployments/dep_a/").words() == "Nightly"
    assert (
        touched.one("a", href=f"/runs/?deployment_id=dep_a&fingerprint={group(message)}").words() == "2 runs"
    )
    everything = f"/runs/?fingerprint={group(message)}"
    assert [link.words() for link in shown.all("a", href=everything)] == ["All 2 runs"]


def test_a_group_that_touched_very_many_names_some_and_counts_the_rest(reader: Client) -> None:
    live()
    stored_runs(*(failed(n, NOW, deployment_id=f"dep_{n}" if n else None) for n in range(60)))
    shown = page(reader, f"/failures/{group()}/")
    assert [len(some.all("li")) for some in shown.all("ul", class_="touched")] == [12, 38]
    folded = shown.one("details", class_="raw folded")
    assert folded.one("summary").words() == "38 more, none of them with more runs"
    assert folded.one("p").words() == "and 10 others"


def test_a_failure_without_an_error_is_shown_as_that(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW, "failed", error=None, deployment_id=None))
    row = page(reader).one("tr", id=f"failure-{fingerprint('', '')}")
    assert "no error type The API gave no message." in row.words()
    shown = page(reader, f"/failures/{fingerprint('', '')}/")
    assert shown.all("title")[0].words() == "Failure: no error given"
    assert "no deployment" in shown.one("ul", class_="touched").words()


@pytest.mark.parametrize("unknown", ["0" * 16, "nothing", "<b>", "a/b", "%00", "x" * 5_000])
def test_a_group_of_which_no_run_is_kept_is_not_found_and_the_page_says_why(
    reader: Client, unknown: str
) -> None:
    response = reader.get(f"/failures/{unknown}/")
    assert response.status_code == 404
    words = read(response).one("main").words()
    assert "No failed run with this fingerprint is kept" in words
    assert "older than the 90 days that runs are kept" in words


def test_runs_can_be_filtered_to_a_group(reader: Client) -> None:
    live()
    stored_runs(failed(1, NOW), failed(2, NOW, "other"), run_record(3, NOW))
    shown = page(reader, f"/runs/?fingerprint={group()}")
    assert shown.ids("runs") == [f"run-drun_{1:032x}"]
    assert shown.one("span", class_="chip").one("b").words() == group()


def test_failures_are_a_page_of_the_bar_between_runs_and_calendar(reader: Client) -> None:
    links = [link.words() for link in page(reader).one("nav", class_="tabs").all("a")]
    assert links.index("Runs") < links.index("Failures") < links.index("Calendar")
    assert page(reader).one("nav", class_="tabs").one("a", aria_current="page").words() == "Failures"


def test_a_place_whose_groups_are_gone_says_so_and_leads_to_the_first_page(reader: Client) -> None:
    live()
    stored_runs(
        *(
            run_record(
                n, NOW - timedelta(hours=n), "failed", error={"type": f"error_{chr(96 + n)}", "message": ""}
            )
            for n in range(1, 13)
        )
    )
    older = page(reader, "/failures/?limit=10").one("a", rel="next").attrs["href"]
    Run.objects.filter(at__lt=NOW - timedelta(hours=9)).delete()
    shown = page(reader, older).one("div", class_="empty")
    assert "This place in the list is gone" in shown.words()
    assert shown.one("a").attrs["href"] == "/failures/?limit=10"


def test_a_group_opened_from_a_list_is_of_the_runs_that_the_list_counted(reader: Client) -> None:
    live()
    stored_deployments(deployment_record("a") | {"name": "Nightly"})
    stored_runs(
        failed(1, NOW - HOUR),
        failed(2, NOW - 2 * HOUR, deployment_id="dep_b"),
        failed(3, NOW - 10 * DAY),
        failed(4, NOW - 80 * DAY, deployment_id="dep_c"),
    )
    row = page(reader, "/failures/?since=30d&deployment_id=dep_a").one("tr", id=f"failure-{group()}")
    shown = page(reader, row.one("td", class_="what").one("a").attrs["href"])
    assert shown.all("title")[0].words() == ("(1!) Failure: timeout_error: deployment Nightly, since 30d")
    assert "2 failed runs since Sun 17 May 09:42" in shown.words()
    assert [chip.words() for chip in shown.all("span", class_="chip")] == ["deploymentNightly", "since30d"]
    assert shown.ids("runs") == [f"run-drun_{1:032x}", f"run-drun_{3:032x}"]
    assert [item.words() for item in shown.one("ul", class_="touched").all("li")] == ["Nightly 2 runs"]
    assert shown.one("p", class_="crumbs").one("a").attrs["href"] == (
        "/failures/?deployment_id=dep_a&since=30d"
    )
    [runs] = [link.attrs["href"] for link in shown.all("a") if link.words() == "All 2 runs"]
    assert page(reader, runs).ids("runs") == shown.ids("runs")
    removal = shown.all("span", class_="chip")[0].one("a").attrs["href"]
    assert removal == f"/failures/{group()}/?since=30d"
    assert "3 failed runs since" in page(reader, removal).words()
    everything = shown.one("a", class_="link").attrs["href"]
    assert "4 failed runs since" in page(reader, everything).words()


def test_a_group_whose_runs_no_filter_leaves_says_so_and_still_says_what_it_is(reader: Client) -> None:
    live()
    stored_runs(failed(1, NOW - 10 * DAY))
    shown = page(reader, f"/failures/{group()}/?since=24h")
    assert shown.one("div", class_="empty").words().startswith("No run of this group matches these filters")
    assert shown.one("span", class_="chip").words() == "since24h"
    assert (shown.one("h1").words(), shown.one("p", class_="message").text) == ("timeout_error", "too slow")
    assert not shown.all("table", id="runs")


def test_what_a_group_cannot_be_asked_is_named(reader: Client) -> None:
    live()
    stored_runs(failed(1, NOW))
    words = page(reader, f"/failures/{group()}/?status=failed&cursor=x&since=nonsense").words()
    for sentence in (
        "status=failed: this list has no such parameter",
        "cursor=x: one group has no pages",
        "since=nonsense: use 15m",
        "1 failed run since Wed 18 Mar 09:42",
    ):
        assert sentence in words
