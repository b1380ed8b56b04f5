"""What failed across deployments at the same time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict

from dashboard.models import Gap
from dashboard.services import failures
from dashboard.services.failures import incidents
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from tests.factories import (
    NOW,
    deployment_record,
    run_record,
    stored_deployments,
    stored_runs,
)
from tests.failed_runs import failed
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_deployments_that_fail_alike_within_minutes_are_one_incident() -> None:
    live()
    stored_deployments(
        deployment_record("a") | {"name": "Nightly"},
        deployment_record("b", environment_id="env_b"),
        deployment_record("z", environment_id="env_z", agent={"id": "agent_z", "version": 1}),
    )
    minute = timedelta(minutes=1)
    stored_runs(
        failed(1, NOW - 60 * minute, "no 1\nat all"),
        failed(2, NOW - 55 * minute, "no 2\nat all", deployment_id="dep_b"),
        failed(3, NOW - 54 * minute, "other", deployment_id="dep_c"),
        failed(4, NOW - 20 * minute, "no 3\nat all"),
        failed(5, NOW - 30 * HOUR, "no 4\nat all", deployment_id="dep_c"),
    )
    [incident] = failures.list_incidents(Snapshot(NOW))
    assert (incident.error_type, incident.error_line) == ("unknown_error", "no 2")
    address = urlsplit(incident.url)
    assert address.path == f"/failures/{incident.fingerprint}/"
    asked = read_question("failure", QueryDict(address.query), Snapshot(NOW), path=address.path)
    group = failures.get_failure(incident.fingerprint, asked, Snapshot(NOW))
    assert group is not None
    assert [run.id for run in group.latest] == [f"drun_{n:032x}" for n in (2, 1)]
    assert (incident.names, incident.deployments, incident.runs) == (("Nightly", "b"), 2, 2)
    assert (incident.first_at, incident.last_at) == (NOW - 60 * minute, NOW - 55 * minute)
    assert [dependency.value for dependency in incident.shared] == ["agent_a v1"]
    assert (incident.complete, incident.since_before) == (True, False)
    assert (incident.bursts, sum(incident.spark.bars)) == (1, 3)  # one failed so alone, later


def test_what_comes_back_is_one_incident_that_counts_its_bursts() -> None:
    live()
    stored_deployments(*(deployment_record(name) for name in "abc"))
    ages = {"a": (9, 5, 2), "b": (9, 2), "c": (1,)}  # hours; at five one failed alone
    runs = [(hours, name) for name, several in ages.items() for hours in several]
    stored_runs(*(failed(n, NOW - h * HOUR, deployment_id=f"dep_{name}") for n, (h, name) in enumerate(runs)))
    [incident] = failures.list_incidents(Snapshot(NOW))
    assert (incident.bursts, incident.runs, incident.names) == (2, 5, ("a", "b"))
    assert (incident.first_at, incident.last_at) == (NOW - 9 * HOUR, NOW - 2 * HOUR)
    assert sum(incident.spark.bars) == 6
    query = read_question("failure", QueryDict(urlsplit(incident.url).query), Snapshot(NOW), path="/")
    group = failures.get_failure(incident.fingerprint, query, Snapshot(NOW))
    assert group is not None
    assert group.row is not None
    assert (group.row.runs, group.row.deployments) == (incident.runs, incident.deployments)


def test_incidents_come_newest_first_and_say_if_they_are_complete(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live()
    monkeypatch.setattr(incidents, "MOST", 6)
    stored_runs(
        *(
            failed(10 * hours + n, NOW - hours * HOUR, message, deployment_id=f"dep_{n}")
            for hours, message in ((1, "slow"), (2, "wide"), (2, "tall"))
            for n in ((0, 1) if message != "tall" else (2, 3))
        )
    )
    listed = failures.list_incidents(Snapshot(NOW))
    assert listed[0].error_line == "slow"
    assert {incident.error_line for incident in listed[1:]} == {"wide", "tall"}
    assert [incident.since_before for incident in listed] == [
        False,
        True,
        True,
    ]  # what was looked at begins there
    Gap.objects.create(account="default", from_at=NOW - HOUR, until_at=NOW - 90 * DAY)
    assert not any(incident.complete for incident in failures.list_incidents(Snapshot(NOW)))


def test_an_incident_names_its_first_deployments_and_counts_the_others() -> None:
    live()
    stored_runs(*(failed(n, NOW, deployment_id=f"dep_{n}") for n in range(8)))
    [incident] = failures.list_incidents(Snapshot(NOW))
    assert (incident.names_text, incident.unnamed) == ("dep_0, dep_1, dep_2, dep_3, dep_4, dep_5", 2)
    assert replace(incident, names=("a", "b")).unnamed == 0


def test_one_failed_run_is_no_incident() -> None:
    live()
    stored_runs(run_record(1, NOW), failed(2, NOW))
    assert failures.list_incidents(Snapshot(NOW)) == []


def test_an_incident_without_a_message_has_a_type_alone() -> None:
    live()
    stored_runs(*(failed(n, NOW, "", deployment_id=f"dep_{n}") for n in range(2)))
    [incident] = failures.list_incidents(Snapshot(NOW))
    assert (incident.error_type, incident.error_line) == ("unknown_error", "")
