"""From the API to the receiver: what a rule sends of what the sync reads, over real HTTP on both sides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.utils import timezone

from dashboard.domain.thresholds import ALERT_WELL_FOR, BLIND_AFTER
from dashboard.models import AlertMessage
from dashboard.services.alerts import outbox, rules, watching
from dashboard.services.alerts.rules import RuleDraft
from dashboard.services.status.snapshot import Snapshot
from dashboard.simulator import Fault
from tests.factories import NOW, deployment_record, run_record
from tests.services.alerts.test_webhook import Receiver, receiver
from tests.upstream import Upstream

__all__ = ["receiver"]  # a fixture
pytestmark = pytest.mark.django_db(transaction=True)
ERROR = {"type": "session_rate_limited_error", "message": "Rate limit reached: 3 a minute"}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def watched(clock: time_machine.Traveller, upstream: Upstream, receiver: Receiver) -> Upstream:
    """Twelve deployments that are well, read, and a rule for those that fail."""
    keys = [f"{n:02}" for n in range(12)]
    upstream.world.deployments[:] = [deployment_record(key) for key in keys]
    upstream.world.runs[:] = [
        run_record(n, NOW - timedelta(hours=1), deployment_id=f"dep_{key}") for n, key in enumerate(keys)
    ]
    draft = RuleDraft("On call", "/deployments/?health=failing", receiver.url)
    rules.make(draft, "", Snapshot(NOW))
    upstream.loop().turn()
    return upstream


def fleet(upstream: Upstream, number: int, status: str) -> None:
    """Each deployment has one more run, which ends so."""
    error = {"error": ERROR} if status == "failed" else {}
    upstream.world.runs[:0] = [
        run_record(number + n, timezone.now(), status, deployment_id=f"dep_{n:02}", **error)
        for n in range(12)
    ]


def sent(receiver: Receiver) -> list[str]:
    return [json.loads(body)["type"] for _, body in receiver.received]


def test_failures_are_sent_at_once_and_recovery_follows(
    clock: time_machine.Traveller, watched: Upstream, receiver: Receiver
) -> None:
    [loop] = watched.loops
    assert sent(receiver) == []
    fleet(watched, 100, "failed")
    loop.turn()
    assert sent(receiver) == ["alert.opened"]
    content = json.loads(receiver.received[0][1])["data"]
    assert (content["count"], content["label"]) == (12, "session_rate_limited_error")
    clock.shift(60)
    fleet(watched, 200, "completed")
    loop.turn()
    clock.shift(ALERT_WELL_FOR)
    loop.turn()
    assert sent(receiver) == ["alert.opened", "alert.closed"]


def test_an_outage_is_sent_once_and_opens_and_closes_nothing(
    clock: time_machine.Traveller, watched: Upstream, receiver: Receiver
) -> None:
    [loop] = watched.loops
    fleet(watched, 100, "failed")
    loop.turn()
    watched.api.faults[:] = [Fault("status", status=401, times=None)]
    for _ in range(10):
        clock.shift(BLIND_AFTER)
        loop.turn()
    assert sent(receiver) == ["alert.opened", "alert.blind"]
    assert "HTTP 401" in json.loads(receiver.received[1][1])["data"]["label"]
    watched.api.faults.clear()
    clock.shift(BLIND_AFTER)
    loop.turn()
    assert sent(receiver) == ["alert.opened", "alert.blind", "alert.seeing"]


@pytest.mark.parametrize("place", [(watching, "look"), (outbox, "deliver"), (outbox, "_note")])
def test_a_process_that_ends_anywhere_loses_nothing_and_doubles_nothing(
    watched: Upstream, receiver: Receiver, place: tuple[object, str]
) -> None:
    fleet(watched, 100, "failed")
    with patch.object(*place, side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        watched.loops[-1].turn()
    watched.loop().turn()
    watched.loop().turn()
    assert {*sent(receiver)} == {"alert.opened"}
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    assert AlertMessage.objects.count() == 1
