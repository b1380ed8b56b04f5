"""The page of one run: what it says of every state, and what it is based on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import Run
from dashboard.services.runs import detail as run_detail
from dashboard.services.runs.detail import RunPage
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

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
AT = NOW - timedelta(minutes=4)


def page(record: Record, **changes: Any) -> RunPage:
    stored_runs(record)
    Run.objects.filter(run_id=record["id"]).update(**changes)
    detail = run_detail.get_run(record["id"], Snapshot(NOW))
    assert detail is not None
    return detail


def test_a_run_that_was_never_read_is_none() -> None:
    assert run_detail.get_run("drun_1", Snapshot(NOW)) is None


def test_a_run_of_an_account_that_was_taken_out_is_still_found_by_an_index() -> None:
    live("taken out")
    stored_runs(run_record(1, AT), account="taken out")
    with CaptureQueriesContext(connection) as queries:
        detail = run_detail.get_run(f"drun_{1:032x}", Snapshot(NOW))
    assert detail is not None
    assert detail.row.account == "taken out"
    [asked] = [
        query["sql"] for query in queries if "LIMIT 1" in query["sql"] and '"run_id" =' in query["sql"]
    ][:1]
    assert '"account" IN' in asked


STATES: dict[str, tuple[Record, dict[str, Any], str, str]] = {
    "completed": (run_record(1, AT), {}, "completed run of a", "Completed after 17 s."),
    "completed, no duration": (
        run_record(1, AT, cas_run_extras={}, duration_ms=None),
        {},
        "completed run of a",
        "Completed.",
    ),
    "failed": (
        run_record(1, AT, "failed", session_id="sess_1", duration_ms=5_000),
        {},
        "failed run of a",
        "Failed after 5 s: timeout_error.",
    ),
    "failed to start": (
        run_record(1, AT, "failed"),
        {},
        "failed run of a",
        "Failed to start after 18 s: timeout_error.",
    ),
    "failed, no error": (
        run_record(1, AT, "failed", session_id="sess_1", error=None),
        {},
        "failed run of a",
        "Failed: the API gives no error.",
    ),
    "running": (
        run_record(1, AT, "running"),
        {},
        "running run of a",
        "Running for 3 min, limit 10 min.",
    ),
    "pending": (run_record(1, AT, "pending"), {}, "pending run of a", "Waiting to start."),
    "skipped": (run_record(1, AT, "skipped"), {}, "skipped run of a", "Not started: the API skipped it."),
    "started": (
        newer_shape(run_record(1, AT)),
        {},
        "outcome not reported run of a",
        "A session was started; the API does not report how it ended.",
    ),
    "unknown": (
        run_record(1, AT, "cancelled"),
        {},
        "cancelled run of a",
        "The API calls it “cancelled”, a word that is not in its documentation.",
    ),
    "gone while running": (
        run_record(1, AT, "running"),
        {"gone_at": NOW, "open": False, "status": "gone"},
        "run of a, left the API",
        "Last read as running; it left the API before it was seen to finish.",
    ),
    "without deployment": (
        run_record(1, AT, deployment_id=None),
        {},
        "completed run of no deployment",
        "Completed after 17 s.",
    ),
    "deployment not read": (
        run_record(1, AT, deployment_id="dep_unread"),
        {},
        "completed run of dep_unread",
        "Completed after 17 s.",
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_title_and_its_verdict(state: str) -> None:
    record, changes, title, verdict = STATES[state]
    stored_deployments(deployment_record())
    shown = page(record, **changes)
    assert (shown.title, shown.verdict) == (title, verdict)


@pytest.mark.parametrize(("state", "read", "url"), [
    ("completed", True, "/runs/?deployment_id=dep_a"),
    ("deployment not read", False, "/runs/?deployment_id=dep_unread"),
    ("without deployment", False, ""),
])  # fmt: skip
def test_a_deployment_is_led_to_where_it_has_a_page(state: str, read: bool, url: str) -> None:
    stored_deployments(deployment_record())
    shown = page(STATES[state][0])
    assert (shown.deployment_read, shown.runs_url) == (read, url)
    assert bool(shown.facts[0].url) == read


def test_a_deployment_of_another_account_is_not_its_own() -> None:
    stored_deployments(deployment_record(), account="other")
    assert not page(run_record(1, AT)).deployment_read


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ({"type": "timeout_error", "message": "long " * 1000 + "end"}, "long " * 1000 + "end"),
        ("only a text", "only a text"),
        ({"type": "timeout_error"}, ""),
        (None, ""),
    ],
)
def test_the_error_is_shown_whole(error: Any, text: str) -> None:
    assert page(run_record(1, AT, "failed", error=error)).error == text


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (run_record(1, AT), ""),
        (run_record(1, AT, session_id=None), "The API names no session."),
        (run_record(1, AT, "skipped"), "There is no session: a skipped run starts none."),
        (run_record(1, AT, "failed"), "There is no session: the run failed before the API named one."),
        (run_record(1, AT, "pending"), "There is no session yet."),
        (run_record(1, AT, "running", session_id=None), "The API names no session yet."),
        (run_record(1, AT, "cancelled"), "The API names no session."),
    ],
)
def test_where_there_is_no_session_a_sentence_says_so(record: Record, text: str) -> None:
    shown = page(record)
    assert shown.no_session == text
    assert {fact.label: fact.value for fact in shown.facts}["Session"] == (record.get("session_id") or text)


USUAL = "The usual is the median of the latest completed runs of this deployment that have been read."
NONE_USUAL = "What is usual is not known: no completed run of this deployment has one."
NO_LIMIT = "Its limit is not known."


@pytest.mark.parametrize(
    ("deployment", "record", "compared", "basis"),
    [
        ({}, run_record(1, AT), "1.0 times the usual 17 s (of 1 run), limit 10 min.", USUAL),
        ({"metadata": {}}, run_record(1, AT), "1.0 times the usual 17 s (of 1 run).", f"{USUAL} {NO_LIMIT}"),
        ({}, run_record(1, AT, "skipped"), "No duration is known; limit 10 min.", NONE_USUAL),
        (
            {"metadata": {}},
            run_record(1, AT, "running"),
            "Nothing is known to hold it against.",
            f"{NONE_USUAL} {NO_LIMIT}",
        ),
        (
            None,
            run_record(1, AT),
            "Nothing is known to hold it against.",
            "Its deployment has not been read: neither the usual nor the limit is known.",
        ),
        (
            None,
            run_record(1, AT, "skipped", deployment_id=None),
            "No duration is known.",
            "Its deployment is not named: neither the usual nor the limit is known.",
        ),
        (
            {},
            run_record(1, AT, "failed", cas_run_extras={"started_at": "2026-06-16T09:38:10Z"}),
            "limit 10 min.",
            f"The duration is worked out from its times, the API gives none. {NONE_USUAL}",
        ),
        (
            {},
            run_record(1, AT, "failed"),
            "limit 10 min.",
            "The duration is worked out from when it was created and when it failed, the API gives none. "
            f"{NONE_USUAL}",
        ),
    ],
)
def test_a_duration_says_what_it_is_held_against_and_what_that_is_based_on(
    deployment: Record | None, record: Record, compared: str, basis: str
) -> None:
    if deployment is not None:
        stored_deployments(deployment_record(**deployment))
    duration = page(record).duration
    assert (duration.compared, duration.basis) == (compared, basis)


@pytest.mark.parametrize(
    ("agent", "text"),
    [
        ({"id": "agent_a", "version": 1}, ""),
        ({"id": "agent_a"}, ""),
        ({}, ""),
        (
            {"id": "agent_a", "version": 3},
            "This run has version 3 of the agent; its deployment has version 1 now.",
        ),
        ({"id": "agent_b", "version": 1}, "This run has agent agent_b; its deployment has agent_a now."),
    ],
)
def test_another_agent_than_the_deployment_has_now_is_noted(agent: Record, text: str) -> None:
    stored_deployments(deployment_record())
    assert page(run_record(1, AT, agent=agent)).version_note == text


def test_without_its_deployment_no_other_agent_is_noted() -> None:
    assert page(run_record(1, AT, agent={"id": "agent_b", "version": 7})).version_note == ""


def test_a_deployment_that_names_no_agent_is_shown_to_have_none() -> None:
    stored_deployments(deployment_record(agent=None))
    assert page(run_record(1, AT)).version_note == "This run has agent agent_a; its deployment has none now."


def test_the_facts_are_shown_and_the_record_is_kept_as_it_came() -> None:
    stored_deployments(deployment_record())
    shown = page(run_record(1, AT, label="größer"))
    facts = {fact.label: fact.value for fact in shown.facts}
    assert list(facts) == ["Deployment", "Trigger", "Attempt", "Agent", "Session", "Account", "Run"]
    assert (facts["Agent"], facts["Attempt"]) == ("agent_a v1", "1")
    assert '"label": "größer"' in shown.record


def test_nothing_is_shown_of_what_is_not_known() -> None:
    shown = page(newer_shape(run_record(1, AT, agent={"id": "agent_a"})))
    facts = {fact.label: fact.value for fact in shown.facts}
    assert (facts["Agent"], facts["Attempt"]) == ("agent_a", "")
