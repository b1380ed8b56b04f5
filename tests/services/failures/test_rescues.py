"""What retries made of the latest failures of each group."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard import filters
from dashboard.models import Run
from dashboard.services import failures
from dashboard.services.failures import rescues
from dashboard.services.failures.rescues import OF_EACH, Rescued
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, Record, run_record, stored_runs
from tests.failed_runs import failed
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rescued(**asked: str) -> dict[str, Rescued | None]:
    """What the list that is asked for shows of each group, by its message."""
    listed = failures.list_failures(filters.ask_failures(**asked), Snapshot(NOW))
    return {row.error_line: row.rescued for row in listed.rows}


def retried(number: int, ago: timedelta, deployment: str) -> list[Record]:
    """A failure, and the retry that completed a minute later."""
    retry = run_record(
        900 + number, NOW - ago + HOUR / 60, trigger_context={"type": "retry"}, deployment_id=deployment
    )
    return [failed(number, NOW - ago, "too slow", deployment_id=deployment), retry]


def test_a_row_says_how_many_of_its_latest_failures_a_retry_completed() -> None:
    live()
    stored_runs(
        *retried(1, 2 * HOUR, "dep_a"),
        *retried(2, 3 * HOUR, "dep_b"),
        failed(3, NOW - HOUR, "too slow", deployment_id="dep_c"),
        failed(4, NOW - HOUR, "no such file", deployment_id="dep_c"),
    )
    assert rescued() == {"too slow": Rescued(2, 3), "no such file": None}
    assert rescued(deployment_id="dep_b") == {"too slow": Rescued(1, 1)}
    assert rescued(since="90m")["too slow"] is None
    assert Rescued(2, 3).share == "66.7 %"


def test_of_a_group_with_many_failures_the_latest_are_looked_at_alone() -> None:
    live()
    stored_runs(
        *retried(1, 2 * HOUR, "dep_a"),
        *(
            failed(10 + n, NOW - 3 * HOUR - n * HOUR, "too slow", deployment_id="dep_b")
            for n in range(OF_EACH)
        ),
        *retried(2, 2 * DAY, "dep_a"),
    )
    assert rescued() == {"too slow": Rescued(1, OF_EACH)}


def test_the_more_groups_there_are_the_fewer_runs_of_each_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rescues, "_OF_ALL", 5)
    live()
    stored_runs(
        *(row for n in range(4) for row in retried(n, (n + 1) * HOUR, "dep_a")),
        failed(10, NOW - HOUR, "no such file", deployment_id="dep_b"),
    )
    assert rescued() == {"too slow": Rescued(2, 2), "no such file": None}
    monkeypatch.setattr(rescues, "_OF_ALL", 1)
    assert rescued()["too slow"] == Rescued(1, 1)


def test_of_failures_of_one_instant_no_more_are_looked_at_than_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rescues, "OF_EACH", 2)
    live()
    stored_runs(
        *(row for n in range(2) for row in retried(n, (n + 1) * HOUR, "dep_a")),
        failed(10, NOW - 2 * HOUR, "too slow", deployment_id="dep_b"),
    )
    assert rescued() == {"too slow": Rescued(1, 2)}


def test_no_group_costs_nothing() -> None:
    assert rescues.rescues_of_groups([], Run.objects.all()) == {}
