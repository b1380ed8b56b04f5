"""From the API to the receiver: what a rule sends of what the sync reads, over real HTTP on both sides."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from email.message import Message
from unittest.mock import patch

import pytest
import time_machine
from django.utils import timezone

from dashboard.domain.states import NoteEnd
from dashboard.domain.thresholds import ALERT_WELL_FOR, BLIND_AFTER, STILL_EVERY
from dashboard.models import AlertMessage, Note, Run
from dashboard.services.alerts import outbox, quiet, rules, watching
from dashboard.services.alerts.quiet import QuietDraft
from dashboard.services.alerts.rules import RuleDraft
from dashboard.services.notes import writing
from dashboard.services.notes.writing import NoteDraft
from dashboard.services.status.snapshot import Snapshot
from dashboard.simulator import Fault
from tests.factories import NOW, deployment_record, run_record
from tests.services.alerts.mail_server import mails, text_of
from tests.services.alerts.test_webhook import Receiver, receiver
from tests.upstream import Upstream

__all__ = ["mails", "receiver"]  # fixtures
pytestmark = pytest.mark.django_db(transaction=True)
ERROR = {"type": "session_rate_limited_error", "message": "Rate limit reached: 3 a minute"}
OTHER = {"type": "vault_error", "message": "The vault is sealed"}


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


def fleet(upstream: Upstream, number: int, status: str, failure: Mapping[str, str] = ERROR) -> None:
    """Each deployment has one more run, which ends so."""
    error = {"error": failure} if status == "failed" else {}
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


def test_what_is_acknowledged_is_not_sent_again_until_the_error_is_another_one(
    clock: time_machine.Traveller, watched: Upstream, receiver: Receiver, mails: list[Message]
) -> None:
    [loop] = watched.loops
    rules.make(RuleDraft("Mail", "/deployments/?health=failing", "ops@example.org"), "", Snapshot(NOW))
    fleet(watched, 100, "failed")
    loop.turn()
    assert sent(receiver) == ["alert.opened"]
    kind = str(Run.objects.failed().values_list("fingerprint", flat=True)[0])
    draft = NoteDraft("The vendor knows\nand works on it", "https://tickets.example/7", acknowledges=True)
    note = writing.write(Note(fingerprint=kind), draft, "anna", "UTC", timezone.now())
    for number in range(200, 204):  # for days
        clock.shift(STILL_EVERY)
        fleet(watched, number * 100, "failed")
        loop.turn()
    assert sent(receiver) == ["alert.opened"]
    assert len(mails) == 1
    clock.shift(60)
    fleet(watched, 30_000, "failed", OTHER)
    loop.turn()
    assert sent(receiver) == ["alert.opened", "alert.closed", "alert.opened"]
    note.refresh_from_db()
    assert (note.ended_why, note.ended_at) == (NoteEnd.OTHER_CAUSE, timezone.now())
    data = json.loads(receiver.received[2][1])["data"]
    assert (data["count"], data["label"]) == (12, "vault_error")
    assert data["notes"] == [
        {
            "text": "The vendor knows\nand works on it",
            "author": "anna",
            "written_at": note.written_at.isoformat(),
            "ticket": "https://tickets.example/7",
            "acknowledges": True,
            "ended_at": timezone.now().isoformat(),
            "ended": "the error is another one",
        }
    ]
    ended = "(ended Sat 20 Jun 09:43: the error is another one) https://tickets.example/7"
    assert f"Acknowledged by anna: The vendor knows and works on it {ended}" in text_of(mails[2])


def test_in_a_quiet_window_nothing_is_sent_and_what_goes_on_is_sent_at_its_end(
    clock: time_machine.Traveller, watched: Upstream, receiver: Receiver
) -> None:
    [loop] = watched.loops
    draft = QuietDraft("Release", "/deployments/?q=0", begins="2026-06-16T09:00", ends="2026-06-16T10:00")
    quiet.make(draft, "", Snapshot(NOW))
    clock.shift(60)
    fleet(watched, 100, "failed")
    loop.turn()
    assert json.loads(receiver.received[0][1])["data"]["count"] == 1  # one has no 0 in its name
    clock.shift(timedelta(minutes=18))
    loop.turn()
    assert [json.loads(body)["data"]["count"] for _, body in receiver.received] == [1, 11]


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
