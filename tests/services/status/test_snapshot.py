"""What one request knows of the mirror."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.domain.states import Health
from dashboard.models import Deployment
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, stored_deployments
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


@pytest.mark.parametrize(
    ("name", "queries"),
    [("feeds", 1), ("statuses", 1), ("triggers", 1), ("deployment_statuses", 1), ("healths", 1)],
)
def test_each_part_is_read_once_and_only_when_it_is_needed(name: str, queries: int) -> None:
    live()
    snapshot = Snapshot(NOW)
    with CaptureQueriesContext(connection) as captured:
        first: Any = getattr(snapshot, name)
        assert getattr(snapshot, name) is first
    assert len(captured) == queries


def test_feeds_and_words_come_from_the_same_query() -> None:
    live(words={"status": ["completed", "lost"], "trigger_type": ["webhook"]})
    snapshot = Snapshot(NOW)
    with CaptureQueriesContext(connection) as captured:
        assert [feed.account for feed in snapshot.feeds] == ["default"]
        assert snapshot.statuses_seen == {"completed", "lost"}
        assert snapshot.statuses[-1] == "lost"
        assert snapshot.triggers[-1] == "webhook"
    assert len(captured) == 1


def test_feeds_of_no_account_are_all_feeds() -> None:
    snapshot = Snapshot(NOW)
    assert snapshot.feeds_of([]) == snapshot.feeds_of(["default"]) == snapshot.feeds
    assert snapshot.feeds_of(["another"]) == []


def test_deployment_statuses_are_the_documented_ones_and_those_seen() -> None:
    stored_deployments(deployment_record("a", status="draining"))
    assert Snapshot(NOW).deployment_statuses == ("active", "paused", "draining")


def test_healths_are_counted_by_word() -> None:
    stored_deployments(*(deployment_record(name) for name in "abc"))
    Deployment.objects.exclude(name="c").update(streak=2)
    assert Snapshot(NOW).healths[Health.FAILING] == 2
