"""What was sent goes after a while, a few rows at a time; what is open or waits does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import time_machine

from dashboard.domain.states import MessageKind
from dashboard.domain.thresholds import MESSAGES_KEPT
from dashboard.models import Alert, AlertedRun, AlertIncident, AlertMessage, AlertRule
from dashboard.services.alerts import pruning
from dashboard.services.alerts.finished_runs import is_since
from dashboard.services.alerts.pruning import Pruning
from tests.factories import NOW

pytestmark = pytest.mark.django_db
OLD = NOW - MESSAGES_KEPT - timedelta(seconds=1)
LATELY = NOW - timedelta(days=89)


@pytest.fixture
def rule() -> AlertRule:
    return AlertRule.objects.create(name="On call", made_at=OLD)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def message(rule: AlertRule, **times: datetime) -> None:
    AlertMessage.objects.create(
        rule=rule, kind=MessageKind.TEST, content={}, written_at=OLD, due_at=OLD, **times
    )


def incident(rule: AlertRule, closed_at: datetime | None, runs: int = 0, **run: bool) -> None:
    row = AlertIncident.objects.create(rule=rule, cause="x", label="x", opened_at=OLD, closed_at=closed_at)
    Alert.objects.create(incident=row, account="default", deployment_id="dep_a", opened_at=OLD)
    for number in range(runs):
        name = f"{row.pk} {number}"
        AlertedRun.objects.create(rule=rule, incident=row, run_id=name, seen_at=OLD, **run)


@contextmanager
def writing() -> Iterator[None]:
    turns.append(1)
    yield


turns: list[int] = []


@pytest.mark.usefixtures("clock")
def test_what_was_sent_or_given_up_long_ago_goes_and_the_rest_stays(rule: AlertRule) -> None:
    message(rule, sent_at=OLD)
    message(rule, given_up_at=OLD)
    message(rule, sent_at=LATELY)
    message(rule, given_up_at=LATELY)
    message(rule)
    incident(rule, OLD)
    incident(rule, LATELY)
    incident(rule, None, 1, announced=True)
    incident(rule, OLD, 1)  # a run that waits to be sent
    Pruning().step(writing)
    assert AlertMessage.objects.count() == 3
    assert AlertIncident.objects.count() == Alert.objects.count() == 3
    assert list(AlertedRun.objects.values_list("announced", flat=True)) == [False]


@pytest.mark.usefixtures("clock")
def test_it_goes_a_few_rows_at_a_time_and_is_looked_for_once_an_hour(
    rule: AlertRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "_STEP", 2)
    for _ in range(5):
        message(rule, sent_at=OLD)
    turns.clear()
    step, left = Pruning(), []
    for _ in range(4):
        step.step(writing)
        left.append(AlertMessage.objects.count())
    message(rule, sent_at=OLD)
    step.step(writing)
    assert left == [3, 1, 0, 0]
    assert (AlertMessage.objects.count(), len(turns)) == (1, 3)
    Pruning().step(writing)
    Pruning().step(writing)
    assert len(turns) == 4


def test_a_run_of_which_nothing_is_kept_any_more_does_not_open_again() -> None:
    assert is_since(OLD, LATELY, NOW)
    assert not is_since(OLD, OLD, NOW)
