"""A cycle builds nothing of deployments that are as they were, and misses none that are not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from dashboard.domain import record_reading
from dashboard.models import Deployment
from dashboard.services.sync import absences, journal, stored_as_listed
from dashboard.services.sync.lease import Tenure
from dashboard.services.sync.stored_as_listed import StoredAsListed
from tests.factories import NOW, deployment_record, text
from tests.upstream import Upstream

MINUTE = timedelta(minutes=1)
database = pytest.mark.django_db(transaction=True)


@pytest.fixture
def quiet(upstream: Upstream) -> Upstream:
    """Three deployments that have been read, each with promises in ten and in twenty minutes."""
    now = timezone.now()
    upcoming = [text(now + minutes * MINUTE) for minutes in (10, 20)]
    schedule = {"expression": "*/10 * * * *", "timezone": "UTC", "upcoming_runs_at": upcoming}
    upstream.world.deployments[:] = [deployment_record(f"d{n}", schedule=schedule) for n in range(3)]
    upstream.loop().turn()
    return upstream


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The deployments that are built from now on."""
    ids: list[str] = []
    reading = record_reading.read_deployment

    def noted(raw: Any, record_json: str) -> Any:
        ids.append(raw["id"])
        return reading(raw, record_json)

    monkeypatch.setattr(record_reading, "read_deployment", noted)
    return ids


@database
def test_a_quiet_cycle_builds_no_deployment_and_a_change_builds_one(quiet: Upstream, read: list[str]) -> None:
    quiet.loops[-1].turn()
    assert read == []
    quiet.world.deployments[1]["name"] = "renamed"
    quiet.loops[-1].turn()
    assert read == ["dep_d1"]
    assert Deployment.objects.get(deployment_id="dep_d1").name == "renamed"


@database
def test_a_promise_that_comes_due_is_followed_by_the_next_though_the_record_is_the_same(
    quiet: Upstream,
) -> None:
    first = Deployment.objects.get(deployment_id="dep_d0").next_run_at
    assert first
    with time_machine.travel(timezone.now() + 15 * MINUTE):
        quiet.loops[-1].turn()
    assert Deployment.objects.get(deployment_id="dep_d0").next_run_at == first + 10 * MINUTE


@database
def test_a_deployment_that_is_listed_again_as_it_was_is_gone_no_more(
    quiet: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absences, "SURE_AFTER", 0.0)
    away = quiet.world.deployments.pop()
    for _ in range(2):
        quiet.loops[-1].turn()
    assert Deployment.objects.get(deployment_id=away["id"]).gone_at
    quiet.world.deployments.append(away)
    quiet.loops[-1].turn()
    assert Deployment.objects.get(deployment_id=away["id"]).gone_at is None
    assert Deployment.objects.filter(gone_at__isnull=True).count() == 3


@database
def test_what_could_not_be_written_is_not_taken_as_known(
    quiet: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> int:
        raise ValueError

    quiet.world.deployments[1]["name"] = "renamed"
    with monkeypatch.context() as patched:
        patched.setattr(journal, "note_changes", broken)
        assert not quiet.loops[-1].turn()
    assert not Deployment.objects.filter(name="renamed").exists()
    quiet.loops[-1].turn()
    assert Deployment.objects.filter(name="renamed").exists()


def known(tenure: Tenure) -> StoredAsListed:
    """What is known of one deployment."""
    deployments = StoredAsListed()
    deployments.begin(tenure)
    record = deployment_record(schedule=None)
    deployments.note([record_reading.read_deployment(record, json.dumps(record))], NOW)
    assert deployments.is_known(record["id"], json.dumps(record))
    return deployments


def test_nothing_is_known_once_another_process_may_have_written() -> None:
    deployments, record = known(Tenure("here", 1)), json.dumps(deployment_record(schedule=None))
    deployments.begin(Tenure("here", 1))
    assert deployments.is_known("dep_a", record)
    assert not deployments.is_known("dep_a", record + " ")
    assert not deployments.is_known("dep_b", record)
    deployments.begin(Tenure("here", 3))
    assert not deployments.is_known("dep_a", record)


def test_everything_is_read_again_after_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_as_listed, "LONGEST", 0.0)
    deployments = known(Tenure("here", 1))
    deployments.begin(Tenure("here", 1))
    assert not deployments.is_known("dep_a", json.dumps(deployment_record(schedule=None)))
