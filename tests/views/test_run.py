"""The page of one run, in every state it can be in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.models import Gap, Run
from dashboard.services.runs import detail as run_detail
from dashboard.services.status.snapshot import Snapshot
from tests.factories import (
    NOW,
    Record,
    deployment_record,
    newer_shape,
    run_record,
    stored_deployments,
    stored_runs,
)
from tests.feeds import live
from tests.markup import Element, read

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SCRIPT = "<script>alert(1)</script>"


def url(number: int) -> str:
    return f"/runs/drun_{number:032x}/"


def page(reader: Client, address: str = url(1)) -> Element:
    response = reader.get(address)
    assert response.status_code == 200
    return read(response)


def card(result: Element, title: str) -> Element:
    [section] = [element for element in result.all("section") if element.all("h2")[0].words() == title]
    return section


def titles(element: Element) -> list[str]:
    return [heading.words() for heading in element.one("main").all("h2")]


def test_one_run_is_shown_whole(reader: Client) -> None:
    live()
    stored_deployments(deployment_record())
    error = {"type": "timeout_error", "message": "Too slow\nfor <b>this</b>"}
    stored_runs(run_record(1, NOW - HOUR, "failed", error=error, novel="kept too"))
    shown = page(reader)
    assert shown.one("title").words() == "(1!) failed run of a"
    assert (
        shown.one("meta", name="description").attrs["content"] == "Failed to start after 18 s: timeout_error."
    )
    assert shown.one("p", class_="message").text == "Too slow\nfor <b>this</b>"
    assert shown.one("h1").one("a").attrs["href"] == "/deployments/dep_a/"
    assert titles(shown) == [*("Why it failed", "Timeline", "Duration", "Before and after", "Facts")]
    [triggered, failed] = card(shown, "Timeline").all("li")
    assert triggered.one("time").attrs["datetime"] == "2026-06-16T08:42:00Z"
    assert failed.words() == "Failed Tue 16 Jun 2026, 08:42:18 UTC 18 s later"
    assert failed.attrs["data-s"] == "failed"
    assert '"novel": "kept too"' in shown.one("pre").text


def test_a_message_of_a_megabyte_is_shown_whole_and_can_be_scrolled_by_key(reader: Client) -> None:
    live()
    message = (SCRIPT + "x" * 75 + "\n") * 10_000
    stored_runs(run_record(1, NOW, "failed", error={"type": "timeout_error", "message": message}))
    response = reader.get(url(1))
    text = read(response).one("p", class_="message")
    assert (text.text, text.attrs["tabindex"]) == (message, "0")
    assert SCRIPT not in response.content.decode()


STATES: dict[str, tuple[Record, dict[str, Any], list[str]]] = {
    "completed": (run_record(1, NOW - HOUR), {}, ["Completed after 17 s.", "Open the session"]),
    "running": (
        run_record(1, NOW - MINUTE, "running"),
        {},
        ["Running for 59 s, usual 17 s (of 3 runs), limit 10 min.", "Still running", "as last read"],
    ),
    "pending": (run_record(1, NOW, "pending"), {}, ["Waiting to start.", "There is no session yet."]),
    "skipped": (
        run_record(1, NOW, "skipped"),
        {},
        ["Not started: the API skipped it.", "There is no session: a skipped run starts none.", "Not known"],
    ),
    "started": (
        newer_shape(run_record(1, NOW)),
        {},
        ["the API does not report how it ended", "How and when it ended is not known."],
    ),
    "unknown": (
        run_record(1, NOW, "cancelled"),
        {},
        ["The API calls it “cancelled”", "When it ended is not known."],
    ),
    "gone": (
        run_record(1, NOW - HOUR, "running"),
        {"gone_at": NOW, "status": "gone", "open": False},
        ["Gone from the API.", "it left the API before it was seen to finish", "Left the API"],
    ),
    "without deployment": (
        run_record(1, NOW, deployment_id=None),
        {},
        ["A run of no deployment", "The API names no deployment for this run."],
    ),
    "deployment not read": (
        run_record(1, NOW, deployment_id="dep_unread"),
        {},
        ["Deployment not read.", "neither the usual nor the limit is known", "No other run"],
    ),
    "another agent": (
        run_record(1, NOW, agent={"id": "agent_a", "version": 3}),
        {},
        ["Another agent now.", "version 3 of the agent; its deployment has version 1 now."],
    ),
    "failed with no error": (run_record(1, NOW, "failed", error=None), {}, ["The API gave no message."]),
    "skipped with an error": (
        run_record(1, NOW, "skipped", error={"type": "concurrency_limit_reached"}),
        {},
        ["Error reported", "concurrency_limit_reached"],
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_says_what_it_is(reader: Client, state: str) -> None:
    record, changes, sentences = STATES[state]
    live()
    stored_deployments(deployment_record())
    stored_runs(*(run_record(n, NOW - n * HOUR) for n in range(3, 6)), record)
    Run.objects.filter(run_id=record["id"]).update(**changes)
    words = page(reader).one("main").words()
    for sentence in sentences:
        assert sentence in words


def test_a_run_whose_deployment_has_no_page_does_not_lead_there(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW, deployment_id="dep_unread"))
    hrefs = [a.attrs["href"] for a in page(reader).one("main").all("a")]
    assert "/deployments/dep_unread/" not in hrefs
    assert "/runs/?deployment_id=dep_unread" in hrefs


def test_the_neighbours_are_linked_with_their_status_and_time(reader: Client) -> None:
    live()
    stored_runs(run_record(0, NOW), run_record(1, NOW - HOUR), run_record(2, NOW - 2 * HOUR, "skipped"))
    shown = page(reader)
    assert shown.one("a", rel="next").attrs["href"] == url(0)
    assert shown.one("a", rel="prev").attrs["href"] == url(2)
    assert shown.one("a", rel="prev").words() == "Previous, skipped, 2 h ago"
    assert card(shown, "Before and after").all("a")[0].attrs["href"] == "/runs/?deployment_id=dep_a"
    assert "No earlier run has been read." in page(reader, url(2)).words()
    assert "No later run has been read." in page(reader, url(0)).words()


def test_what_is_not_complete_says_how_far_it_reaches(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW))
    assert "complete since" not in page(reader).one("main").words()
    Gap.objects.create(account="default", from_at=NOW - HOUR, until_at=NOW - 90 * 24 * HOUR)
    shown = page(reader)
    for title in ("Duration", "Before and after"):
        assert "complete since Tue 16 Jun 08:42, older runs still being read." in card(shown, title).words()


def test_the_tries_of_an_execution_are_linked_and_called_inferred(reader: Client) -> None:
    live()
    retry: Record = {"trigger_context": {"type": "retry"}, "cas_run_extras": {"attempt": 2}}
    stored_runs(run_record(1, NOW - MINUTE, "failed"), run_record(2, NOW, duration_ms=5_000, **retry))
    section = card(page(reader, url(2)), "Tries of the same execution")
    [first, second] = section.all("li")
    assert first.one("a").attrs["href"] == url(1)
    assert first.words() == "Try 1 failed Try 1, failed, 1 min ago 18 s"
    assert (second.attrs["aria-current"], second.all("a")) == ("true", [])
    assert "5 s" in second.words()
    assert "Inferred, since the API does not link retries" in section.words()


def test_a_skipped_run_leads_to_the_run_that_was_in_the_way(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW, "skipped"), run_record(2, NOW - MINUTE, "running"))
    section = card(page(reader), "What was in the way")
    assert section.one("a").attrs["href"] == url(2)
    assert "Inferred: it was in progress at that moment." in section.words()
    assert "What was in the way" not in titles(page(reader, url(2)))


def test_a_slow_duration_is_drawn_past_its_tick_and_called_slow(reader: Client) -> None:
    live()
    stored_deployments(deployment_record())
    slow = run_record(9, NOW, duration_ms=41_000)
    stored_runs(*(run_record(n, NOW - n * HOUR, duration_ms=10_000) for n in range(1, 6)), slow)
    for address in ("/runs/", url(9)):
        figures = [
            span for span in page(reader, address).all("span", class_="dur") if "data-slow" in span.attrs
        ]
        assert figures
        assert figures[0].words() == "41 s, slow"
        assert figures[0].attrs["title"] == "usual 10 s (of 6 runs), limit 10 min"
        assert figures[0].one("rect", class_="val").attrs["width"] == "56.0"
        assert figures[0].one("rect", class_="tick").attrs["x"] == "18.7"
    assert (
        "4.1 times the usual 10 s (of 6 runs), limit 10 min."
        in card(page(reader, url(9)), "Duration").words()
    )


def test_where_nothing_is_usual_no_track_is_drawn(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW))
    assert not page(reader).one("main").all("rect")


@pytest.mark.parametrize("run_id", ["a/b?c#d e", "é/&", "<b>", "..", "x" * 256])
def test_a_run_is_found_under_whatever_id_it_has(reader: Client, run_id: str) -> None:
    live()
    stored_runs(run_record(1, NOW) | {"id": run_id})
    shown = page(reader, f"/runs/{quote(run_id, safe='')}/")
    assert shown.one("p", class_="crumbs copies").words().endswith(run_id)


def test_an_id_that_no_database_takes_is_found_as_it_was_kept(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW) | {"id": "a\x00b"})
    assert page(reader, "/runs/a%00b/").one("p", class_="crumbs copies").words().endswith("a\ufffdb")


@pytest.mark.parametrize("run_id", ["drun_1", SCRIPT, "%00", "%ff", "x" * 10_000, "🙂"])
def test_a_run_that_was_never_read_is_not_found_and_the_page_says_so(reader: Client, run_id: str) -> None:
    response = reader.get(f"/runs/{run_id}/")
    assert response.status_code == 404
    result = read(response)
    assert result.one("h1").words() == "Not found"
    assert "has been read" in result.one("main").words()
    assert b"<script>alert" not in response.content


@pytest.mark.parametrize("status", ["completed", "skipped"])
def test_a_run_asks_as_little_among_two_hundred_as_alone(reader: Client, status: str) -> None:
    live()
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW, status))

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            run_detail.get_run(f"drun_{1:032x}", Snapshot(NOW))
        return len(queries)

    alone = asked()
    retry: Record = {"trigger_context": {"type": "retry"}, "cas_run_extras": {"attempt": 2}}
    stored_runs(*(run_record(n, NOW - n * MINUTE, "failed") for n in range(2, 100)))
    stored_runs(*(run_record(n, NOW + n * MINUTE, **retry) for n in range(100, 200)))
    assert asked() == alone == (9 if status == "skipped" else 8)


def test_a_failed_run_leads_to_those_like_it_and_another_one_does_not(reader: Client) -> None:
    stored_runs(run_record(1, NOW, "failed"), run_record(2, NOW, "completed"))
    [way] = [link for link in page(reader).all("a") if link.words() == "Failures like this"]
    assert reader.get(way.attrs["href"]).status_code == 200
    assert "Failures like this" not in page(reader, url(2)).words()
