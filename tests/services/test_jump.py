"""The jump box: each kind of thing by each way to name it, in a constant number of queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import Run, SavedView
from dashboard.services import jump as module
from dashboard.services.jump import JumpAnswer, jump
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def fleet() -> None:
    """Three deployments, one of them archived, and a few runs."""
    live()
    stored_deployments(
        deployment_record("a", name="Nightly report"),
        deployment_record("b", name="report"),
        deployment_record("c", name="report of old", archived_at="2026-06-02T00:00:00Z"),
    )
    error = {"type": "vault_error", "message": "no vault, no report"}
    stored_runs(
        run_record(1, NOW - MINUTE, "failed", error=error),
        run_record(2, NOW - 2 * MINUTE, "failed", error=error),
        run_record(3, NOW - 3 * MINUTE),
        run_record(4, NOW - 4 * MINUTE, "failed", error={"type": "", "message": "no quota"}),
    )


def ask(text: str, *views: SavedView) -> JumpAnswer:
    return jump(text, views, Snapshot(NOW))


def matches(text: str, *views: SavedView) -> list[tuple[str, str, str]]:
    return [(match.kind, match.text, match.url) for match in ask(text, *views).matches]


VIEW = {"name": "Red ones", "page": "runs", "address": "/runs/?status=failed"}


@pytest.mark.usefixtures("fleet")
def test_without_a_text_it_offers_where_one_can_go() -> None:
    offered = ask("", SavedView(**VIEW))
    assert [match.text for match in offered.matches][:3] == ["Overview", "Deployments", "Runs"]
    assert ("saved view", "Red ones", "/runs/?status=failed") in matches("", SavedView(**VIEW))
    assert (offered.more_url, offered.at_once, offered.summary) == ("", "", "10 matches")


@pytest.mark.usefixtures("fleet")
def test_a_page_is_called_by_the_beginning_of_its_name_and_a_view_by_any_part() -> None:
    assert matches("cal") == [("page", "Calendar", "/calendar/")]
    assert matches("ONES", SavedView(**VIEW)) == [("saved view", "Red ones", "/runs/?status=failed")]


@pytest.mark.usefixtures("fleet")
def test_of_deployments_the_one_of_that_name_comes_first_and_archived_ones_last() -> None:
    assert [text for kind, text, _ in matches("report") if kind == "deployment"] == [
        "report",
        "report of old",
        "Nightly report",
    ]


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("text", "kind", "url"),
    [
        ("dep_b", "deployment", "/deployments/dep_b/"),
        (f"drun_{3:032x}", "run", f"/runs/drun_{3:032x}/"),
        (f"sess_{3:032x}", "session", f"/runs/drun_{3:032x}/"),
    ],
)
def test_the_id_of_one_thing_leads_there_at_once(text: str, kind: str, url: str) -> None:
    answer = ask(text)
    assert (answer.at_once, [match.kind for match in answer.matches]) == (url, [kind])


@pytest.mark.usefixtures("fleet")
def test_a_run_is_named_by_the_end_of_its_id_and_its_session_too() -> None:
    answer = ask("000003")
    assert [(match.kind, match.note) for match in answer.matches] == [
        ("run", "Nightly report, completed, Tue 16 Jun 09:39"),
    ]
    assert answer.at_once == ""
    assert [match.kind for match in ask("ss_" + f"{3:032x}").matches] == ["session"]


@pytest.mark.usefixtures("fleet")
def test_failures_are_named_by_their_text_each_kind_once() -> None:
    [vault] = [match for match in ask("vault").matches if match.kind == "failure"]
    assert (vault.text, vault.note) == ("vault_error", "no vault, no report")
    [quota] = ask("quota").matches
    assert (quota.kind, quota.text, quota.url[:10]) == ("failure", "no error type", "/failures/")


@pytest.mark.usefixtures("fleet")
def test_what_means_nothing_has_no_match() -> None:
    answer = ask("nowhere")
    assert (answer.matches, answer.summary, answer.more_url) == ((), "No match", "/runs/?q=nowhere")
    assert ask("calendar").summary == "1 match"


@pytest.mark.usefixtures("fleet")
def test_two_things_of_one_id_are_chosen_from(settings: Any) -> None:
    live("other")
    stored_deployments(deployment_record("b"), account="other")
    answer = ask("dep_b")
    assert (answer.at_once, len(answer.matches)) == ("", 2)


def test_it_offers_few_and_asks_as_much_for_many_as_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    live()
    counts = []
    for number in (1, 30):
        stored_deployments(*(deployment_record(f"x{n}", name=f"probe {n}") for n in range(number)))
        error = {"type": "probe_error", "message": "probe"}
        stored_runs(*(run_record(n, NOW - n * MINUTE, "failed", error=error) for n in range(number)))
        snapshot = Snapshot(NOW)
        assert snapshot.feeds
        with CaptureQueriesContext(connection) as queries:
            answer = jump("probe", [], snapshot)
        counts.append(len(queries))
        assert len(answer.matches) <= module.MOST
    assert counts[0] == counts[1] <= 6


def test_of_views_and_failures_only_what_has_the_text_or_a_group_is_offered() -> None:
    other = SavedView(**VIEW | {"name": "Slow"})
    assert [match.text for match in module._saved("red", [other, SavedView(**VIEW)])] == ["Red ones"]
    assert list(module._failures([Run(fingerprint=None)])) == []
