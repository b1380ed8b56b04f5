"""What a rule about runs sends: each run that finished and matches, once, and when that is over."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.domain import record_reading
from dashboard.domain.states import SilentBy
from dashboard.domain.thresholds import ALERT_WELL_FOR, SAME_INCIDENT
from dashboard.models import (
    Acknowledgement,
    Alert,
    AlertedRun,
    AlertIncident,
    AlertMessage,
    AlertRule,
    Deployment,
    FinishedRun,
    Note,
)
from dashboard.services.alerts import finished_runs, quiet, rules, runs_look, texts, watching
from dashboard.services.alerts.quiet import QuietDraft
from dashboard.services.alerts.rules import RuleDraft, RuleRefused
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.sync import rollups
from dashboard.services.sync.store import store_runs
from tests.factories import NOW, deployment_record, run_record, stored_deployments, text
from tests.feeds import live
from tests.judging import judge

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
MINUTE = timedelta(minutes=1)
LATE = {"type": "timeout_error", "message": "no answer after 30 s"}
SEALED = {"type": "vault_error", "message": "The vault is sealed"}


@pytest.fixture(autouse=True)
def two_deployments() -> None:
    live()
    stored_deployments(deployment_record("a", name="nightly"), deployment_record("b"))


def rule(address: str = "/runs/?status=failed", made_at: datetime = NOW, **more: str) -> AlertRule:
    return rules.make(RuleDraft("On call", address, "ops@example.org", **more), "", Snapshot(made_at))


def ran(
    number: int, status: str, key: str, at: datetime, read_at: datetime | None = None, **changes: Any
) -> None:
    """A run that is read as it began, or once more."""
    raw = run_record(number, at, status, deployment_id=f"dep_{key}") | changes
    record = record_reading.read_run(raw, json.dumps(raw, default=str))
    stored = store_runs("default", [record], read_at or at + MINUTE, at - timedelta(days=30))
    rollups.refresh("default", stored.touched)
    finished_runs.keep("default", stored.finished, read_at or at + MINUTE)


def look(at: datetime) -> list[str]:
    """Look at that instant; the subjects of the messages that are written."""
    before = AlertMessage.objects.count()
    judge(at)
    watching.look("default", at)
    return [texts.subject(message) for message in AlertMessage.objects.order_by("pk")[before:]]


def test_runs_of_one_cause_are_one_message_and_the_end_follows() -> None:
    rule()
    ran(1, "failed", "a", NOW, error=LATE)
    ran(2, "failed", "b", NOW, error=LATE)
    ran(3, "completed", "a", NOW)
    ran(4, "failed", "a", NOW + MINUTE, error=LATE)
    assert look(NOW + 2 * MINUTE) == ["[On call] 3 runs: timeout_error"]
    assert look(NOW + 3 * MINUTE) == []
    ran(5, "completed", "a", NOW + 4 * MINUTE)
    ran(6, "completed", "b", NOW + 4 * MINUTE)
    assert look(NOW + 5 * MINUTE) == []
    assert look(NOW + 5 * MINUTE + ALERT_WELL_FOR) == ["[On call] over: timeout_error, 3 runs"]
    assert look(NOW + 3 * ALERT_WELL_FOR) == []
    assert not FinishedRun.objects.exists()


def test_a_message_names_runs_and_links_to_the_list() -> None:
    rule("/runs/?status=failed&sort=duration")
    ran(1, "failed", "a", NOW, error=LATE)
    look(NOW + MINUTE)
    [message] = AlertMessage.objects.all()
    [run] = AlertedRun.objects.all()
    assert texts.as_text(message) == (
        "Since Tue 16 Jun 09:43 (UTC).\n"
        "- nightly: failed: timeout_error no answer after 30 s, after 18 s\n"
        f"  /runs/{run.run_id}/\n"
        "As of the reading of Tue 16 Jun 09:41.\n"
        "\n"
        "/runs/?status=failed&sort=duration"
    )
    assert message.content["runs"][0] | {"notes": []} == {
        "account": "default",
        "id": run.run_id,
        "deployment_id": "dep_a",
        "name": "nightly",
        "status": "failed",
        "at": NOW.isoformat(),
        "duration_s": 18.0,
        "why": "failed: timeout_error no answer after 30 s, after 18 s",
        "url": f"/runs/{run.run_id}/",
        "notes": [],
    }


def test_what_ended_before_there_was_a_rule_is_history_whenever_it_is_read() -> None:
    ran(1, "failed", "a", NOW - 60 * MINUTE, error=LATE)
    rule()
    ran(2, "failed", "a", NOW - 50 * MINUTE, NOW, error=LATE)
    ran(3, "running", "a", NOW - 40 * MINUTE, NOW)
    assert not FinishedRun.objects.exists()
    assert look(NOW) == []
    ran(3, "failed", "a", NOW - 40 * MINUTE, NOW, error=LATE, completed_at=text(NOW + MINUTE))
    assert look(NOW + MINUTE) == ["[On call] 1 run: timeout_error"]


def test_a_second_rule_is_sent_nothing_of_what_the_first_waits_for() -> None:
    rule(made_at=NOW - 60 * MINUTE)
    ran(1, "failed", "a", NOW - 30 * MINUTE, NOW, error=LATE)
    rules.make(RuleDraft("Late", "/failures/", "ops@example.org"), "", Snapshot(NOW))
    assert look(NOW) == ["[On call] 1 run: timeout_error"]


def test_a_run_is_sent_once_whatever_is_read_of_it_later_and_whatever_the_clock_shows() -> None:
    rule()
    ran(1, "failed", "a", NOW, error=LATE)
    assert look(NOW + MINUTE) == ["[On call] 1 run: timeout_error"]
    ran(1, "failed", "a", NOW, error=SEALED)
    for at in (NOW + 2 * MINUTE, NOW - timedelta(days=1), NOW + timedelta(days=1)):
        ran(1, "failed", "a", NOW, error=LATE | {"message": f"read again {at}"})
        assert [subject for subject in look(at) if "over" not in subject] == []


def test_a_rule_that_was_made_by_a_clock_ahead_is_one_of_now() -> None:
    rule(made_at=NOW + timedelta(days=1))
    ran(1, "failed", "a", NOW, error=LATE)
    assert look(NOW + MINUTE) == ["[On call] 1 run: timeout_error"]


def test_more_of_the_same_wait_a_little_and_are_sent_also_where_it_is_over_by_then() -> None:
    rule()
    ran(1, "failed", "a", NOW, error=LATE)
    look(NOW)
    ran(2, "failed", "a", NOW + MINUTE, error=LATE)
    assert look(NOW + MINUTE) == []
    assert look(NOW + SAME_INCIDENT) == ["[On call] 1 run: timeout_error"]
    ran(3, "failed", "a", NOW + SAME_INCIDENT + MINUTE, error=LATE)
    ran(4, "completed", "a", NOW + SAME_INCIDENT + 2 * MINUTE)
    assert look(NOW + SAME_INCIDENT + 2 * MINUTE) == []
    end = NOW + SAME_INCIDENT + 2 * MINUTE + ALERT_WELL_FOR
    assert look(end) == ["[On call] 1 run: timeout_error"]
    assert look(end + MINUTE) == ["[On call] over: timeout_error, 3 runs"]


def test_another_cause_is_another_message_and_the_first_is_over() -> None:
    rule()
    ran(1, "failed", "a", NOW, error=LATE)
    look(NOW)
    ran(2, "failed", "a", NOW + MINUTE, error=SEALED)
    assert look(NOW + MINUTE) == ["[On call] 1 run: vault_error"]
    assert look(NOW + MINUTE + ALERT_WELL_FOR) == ["[On call] over: timeout_error, 1 run"]
    ran(3, "failed", "a", NOW + 10 * MINUTE, error=LATE)
    look(NOW + 10 * MINUTE)
    ran(4, "failed", "a", NOW + 11 * MINUTE, error=SEALED)
    assert look(NOW + 11 * MINUTE) == ["[On call] 1 run: vault_error"]
    assert Alert.objects.filter(well_since=None, closed_at=None).count() == 1


@pytest.mark.parametrize(
    ("address", "subjects"),
    [
        ("/runs/?min_duration=10m", ["[On call] 1 run: completed"]),
        ("/runs/?deployment_id=dep_b", ["[On call] 1 run: completed"]),
        ("/runs/?deployment_status=active&status=failed", ["[On call] 1 run: timeout_error"]),
        ("/failures/?deployment_id=dep_a", ["[On call] 1 run: timeout_error"]),
        ("/failures/?error=vault_error", []),
        ("https://dashboard.example/failures/?limit=20", ["[On call] 1 run: timeout_error"]),
        ("/runs/?status=skipped", ["[On call] 1 run: skipped"]),
    ],
)
def test_a_rule_has_the_filters_of_runs_or_of_failures(address: str, subjects: list[str]) -> None:
    rule(address)
    ran(1, "failed", "a", NOW, error=LATE)
    ran(2, "completed", "b", NOW, completed_at=text(NOW + 20 * MINUTE), duration_ms=1_200_000)
    ran(3, "skipped", "a", NOW + MINUTE)
    ran(4, "running", "a", NOW + MINUTE)
    assert look(NOW + 20 * MINUTE) == subjects


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("/runs/?since=24h", "leave out since"),
        ("/failures/?until=2026-06-01", "leave out until"),
        ("/runs/?q=timeout", "a text is looked for among all runs"),
        ("/runs/?retries=folded", "leave out retries"),
        ("/runs/?time=clock-off", "leave out time"),
        ("/runs/?status=running&status=failed", "leave out status=running"),
        ("/runs/?health=failing", "the filter health=failing means nothing"),
    ],
)
def test_what_no_rule_of_runs_can_have_is_refused_in_a_sentence(address: str, why: str) -> None:
    with pytest.raises(RuleRefused, match=why):
        rule(address)


def test_a_summary_and_a_quiet_window_are_of_deployments() -> None:
    with pytest.raises(RuleRefused, match="a daily summary is of deployments"):
        rule(daily="08:00")
    with pytest.raises(RuleRefused, match="it is about deployments: give their list"):
        quiet.make(QuietDraft("Upgrade", "/runs/?status=failed"), "", Snapshot(NOW))


def acknowledge(key: str) -> Acknowledgement:
    note = Note.objects.create(text="known", written_at=NOW, acknowledges=True, deployment_id=f"dep_{key}")
    return Acknowledgement.objects.create(
        note=note, account="default", deployment_id=f"dep_{key}", cause="x", since_at=NOW
    )


def test_what_is_acknowledged_is_not_sent_and_is_sent_once_where_it_is_acknowledged_no_more() -> None:
    rule()
    row = acknowledge("a")
    ran(1, "failed", "a", NOW, error=LATE)
    ran(2, "failed", "b", NOW, error=LATE)
    assert look(NOW) == ["[On call] 1 run: timeout_error"]
    row.note.delete()
    assert look(NOW + SAME_INCIDENT) == ["[On call] 1 run: timeout_error"]
    assert look(NOW + 2 * SAME_INCIDENT) == []


def test_in_a_quiet_window_nothing_is_sent_and_the_end_waits_for_its_end() -> None:
    rule()
    ran(1, "failed", "a", NOW, error=LATE)
    look(NOW)
    begins, ends = ((NOW + minutes * MINUTE).strftime("%Y-%m-%dT%H:%M") for minutes in (1, 60))
    quiet.make(QuietDraft("Upgrade", "/deployments/", begins=begins, ends=ends), "", Snapshot(NOW))
    ran(2, "completed", "a", NOW + 2 * MINUTE)
    ran(3, "failed", "b", NOW + 2 * MINUTE, error=SEALED)
    for minutes in (2, 30):
        assert look(NOW + minutes * MINUTE) == []
    assert Alert.objects.filter(silence=SilentBy.QUIET).count() == 2
    assert sorted(look(NOW + 60 * MINUTE)) == [
        "[On call] 1 run: vault_error",
        "[On call] over: timeout_error, 1 run",
    ]


@pytest.mark.parametrize("changes", [{"archived_at": NOW}, {"gone_at": NOW}])
def test_what_is_archived_or_gone_is_over(changes: dict[str, Any]) -> None:
    rule()
    ran(1, "failed", "a", NOW, error=LATE)
    look(NOW)
    assert look(NOW + ALERT_WELL_FOR) == []
    Deployment.objects.filter(deployment_id="dep_a").update(**changes)
    look(NOW + 2 * ALERT_WELL_FOR)
    assert look(NOW + 3 * ALERT_WELL_FOR) == ["[On call] over: timeout_error, 1 run"]


def test_a_run_of_no_deployment_is_sent_and_what_was_never_sent_ends_without_a_word() -> None:
    rule()
    ran(1, "failed", "", NOW, error=LATE, deployment_id=None, duration_ms=None, completed_at=None)
    assert look(NOW) == ["[On call] 1 run: timeout_error"]
    [message] = AlertMessage.objects.all()
    assert "- no deployment: failed: timeout_error no answer after 30 s\n" in texts.as_text(message)
    acknowledge("a")
    ran(2, "failed", "a", NOW + MINUTE, error=SEALED)
    ran(3, "completed", "a", NOW + 2 * MINUTE)
    look(NOW + 2 * MINUTE)
    assert look(NOW + 2 * MINUTE + ALERT_WELL_FOR) == ["[On call] over: timeout_error, 1 run"]
    assert not AlertIncident.objects.filter(closed_at=None).exists()


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finished_runs, "_MOST", 5)
    monkeypatch.setattr(runs_look, "_AT_ONCE", 2)


@pytest.mark.usefixtures("few_at_once")
def test_a_look_takes_some_and_the_rest_waits_for_the_next() -> None:
    rule()
    for number in range(7):
        ran(number, "failed", "a", NOW + number * timedelta(seconds=1), error=LATE)
    assert look(NOW + MINUTE) == ["[On call] 5 runs: timeout_error"]
    assert FinishedRun.objects.count() == 2
    assert look(NOW + MINUTE + SAME_INCIDENT) == ["[On call] 2 runs: timeout_error"]


def test_a_look_at_nothing_new_reads_no_run() -> None:
    rule()
    ran(1, "completed", "a", NOW)
    look(NOW)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        watching.look("default", NOW + MINUTE)
    assert not [query["sql"] for query in asked if 'FROM "dashboard_run"' in query["sql"]]
