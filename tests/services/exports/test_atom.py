"""Runs as an Atom feed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.http import QueryDict

from dashboard.services.exports import atom
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
NAMES = {"atom": "http://www.w3.org/2005/Atom"}
HOUR = timedelta(hours=1)


def entries(query: str = "") -> list[ElementTree.Element]:
    return document(query).findall("atom:entry", NAMES)


def document(query: str = "") -> ElementTree.Element:
    asked = read_question("runs.atom", QueryDict(query), Snapshot(NOW))
    body = atom.feed(asked, Snapshot(NOW), lambda path: f"https://site.example{path}")
    return ElementTree.fromstring(body)  # noqa: S314 - our own document


def text(entry: ElementTree.Element, name: str) -> str:
    detail = entry.find(f"atom:{name}", NAMES)
    assert detail is not None
    return detail.text or ""


@pytest.fixture(autouse=True)
def kept() -> None:
    """A deployment that failed, and completed before."""
    live()
    prompt: dict[str, Any] = {"initial_events": [{"type": "user.message", "content": "the secret prompt"}]}
    stored_deployments(deployment_record(**prompt))
    stored_runs(run_record(1, NOW - HOUR, "failed"), run_record(2, NOW - 2 * HOUR))


def test_an_entry_says_what_ended_how_and_why_and_leads_to_it() -> None:
    failed, completed = entries()
    assert (text(failed, "title"), text(completed, "title")) == ("failed: a", "completed: a")
    assert text(failed, "summary") == "timeout_error: Turn 1 did not finish"
    assert text(failed, "published") == "2026-06-16T08:42:00+00:00"
    link = failed.find("atom:link", NAMES)
    assert link is not None
    assert link.attrib["href"] == f"https://site.example/runs/drun_{1:032x}/"


def test_the_id_of_an_entry_stays_while_its_outcome_changes() -> None:
    [before] = [text(entry, "id") for entry in entries("status=completed")]
    stored_runs(run_record(2, NOW - 2 * HOUR, "failed"))
    assert before in [text(entry, "id") for entry in entries("status=failed")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pending", "running"),
        ("pending", "skipped"),
        ("running", "failed"),
        ("running", "completed"),
        ("pending", "started"),
    ],
)
def test_an_entry_is_dated_anew_when_its_run_changes_its_outcome(before: str, after: str) -> None:
    dates = []
    for status in (before, after):
        stored_runs(run_record(5, NOW - timedelta(minutes=5), status))
        [entry] = entries(f"status={status}&since=10m")
        dates.append(text(entry, "updated"))
    assert dates[0] < dates[1]


def test_a_feed_has_an_author_and_an_id_for_each_filter() -> None:
    every, failed = document(), document("status=failed")
    assert text(every.find("atom:author", NAMES), "name")  # type: ignore[arg-type]
    assert text(every, "id") == "https://site.example/runs.atom"
    assert text(failed, "id") == "https://site.example/runs.atom?status=failed"
    assert text(document("since=1d"), "id") == text(document("since=24h"), "id")
    assert len({text(entry, "id") for entry in entries()}) == 2


def test_no_entry_is_dated_in_the_future() -> None:
    stored_runs(run_record(6, NOW + 8 * HOUR), run_record(7, NOW - timedelta(seconds=5)))
    dates = [text(entry, name) for entry in entries() for name in ("published", "updated")]
    assert len(dates) == 8
    assert max(dates) == "2026-06-16T09:42:00+00:00"
    assert text(document(), "updated") == "2026-06-16T09:42:00+00:00"


def test_the_same_filters_hold_and_what_cannot_be_used_is_named() -> None:
    assert [text(entry, "title") for entry in entries("status=failed&since=24h")] == ["failed: a"]
    words = document("status=nonsense&limit=10")
    assert "status=nonsense was ignored" in text(words, "subtitle")
    assert "limit=10 was ignored" in text(words, "subtitle")
    assert text(document("status=failed"), "title") == "Agent runs: status failed"


def test_it_holds_the_newest_and_no_prompt() -> None:
    stored_runs(*(run_record(10 + n, NOW - timedelta(minutes=n)) for n in range(atom.NEWEST)))
    shown = entries()
    assert len(shown) == atom.NEWEST
    assert text(shown[0], "published") == "2026-06-16T09:42:00+00:00"
    assert "secret" not in ElementTree.tostring(document(), encoding="unicode")


def test_whatever_a_name_or_an_error_holds_is_text_and_well_formed() -> None:
    odd = "<b>&amp; ]]> \x00\x08\ud7ff\uffff\u202e é🙂"
    stored_deployments(deployment_record() | {"name": odd})
    stored_runs(run_record(3, NOW, "failed", error={"type": odd, "message": odd}))
    title = text(entries()[0], "title")
    assert title.startswith("failed: <b>&amp; ]]> ")
    assert title.endswith("é🙂")
