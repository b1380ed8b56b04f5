"""Which bars a deployment's strip has: its runs, and the slots that no run met."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import Deployment, Slot
from dashboard.services.deployments.strips import IN_A_ROW, StripBar, linked_strip, strips
from tests.factories import NOW, deployment_record, newer_shape, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def deployment() -> Deployment:
    """One deployment without runs."""
    return stored_deployments(deployment_record())[0]


def slot(at: datetime, outcome: str, number: int | None = None) -> None:
    run_id = f"drun_{number:032x}" if number is not None else ""
    fields = {"account": "default", "deployment_id": "dep_a", "seen_at": at}
    Slot.objects.create(at=at, outcome=outcome, run_id=run_id, **fields)


def bars(deployment: Deployment, places: int = 60) -> list[StripBar]:
    """Newest first."""
    return [bar.bar for bar in linked_strip(deployment, places).bars][::-1]


def words(deployment: Deployment, places: int = 60) -> list[str]:
    return [bar.word for bar in bars(deployment, places)]


def test_every_outcome_is_shown_with_its_time_and_leads_to_its_run(deployment: Deployment) -> None:
    statuses = ("completed", "failed", "skipped", "running", "held")
    stored_runs(*(run_record(n, NOW - n * HOUR, status) for n, status in enumerate(statuses)))
    stored_runs(newer_shape(run_record(7, NOW - 7 * HOUR)))
    result = bars(deployment)
    assert [bar.word for bar in result] == [*statuses, "started"]
    assert result[0] == StripBar(
        "completed", "completed, Tue 16 Jun 09:42 UTC, 17 s", f"/runs/drun_{0:032x}/"
    )
    assert result[2].title == "skipped, Tue 16 Jun 07:42 UTC"


def test_a_slot_that_no_run_met_stands_between_the_runs(deployment: Deployment) -> None:
    stored_runs(run_record(1, NOW), run_record(2, NOW - 2 * HOUR, "failed"))
    slot(NOW - HOUR, "missed")
    slot(NOW - 3 * HOUR, "unobserved")
    slot(NOW - 4 * HOUR, "withdrawn")
    slot(NOW, "on time", 1)
    result = bars(deployment)
    assert [bar.word for bar in result] == ["completed", "missed", "failed", "not seen"]
    assert result[1].title == "missed: promised for Tue 16 Jun 08:42 UTC"
    assert result[1].url == "/calendar/?view=day&date=2026-06-16&q=dep_a"
    assert linked_strip(deployment, 60).text == "last 4: 1 completed, 1 failed, 1 missed, 1 not seen"


@pytest.mark.parametrize(
    ("status", "word"), [("completed", "late"), ("failed", "failed"), ("skipped", "skipped")]
)
def test_late_is_what_completed_but_started_late(deployment: Deployment, status: str, word: str) -> None:
    stored_runs(run_record(1, NOW, status))
    slot(NOW - HOUR, "late", 1)
    [bar] = bars(deployment)
    assert bar.word == word
    assert ("started late" in bar.title) == (word == "late")


def test_slots_older_than_the_oldest_run_that_is_shown_are_not(deployment: Deployment) -> None:
    stored_runs(*(run_record(n, NOW - n * HOUR) for n in range(5)))
    slot(NOW - 2.5 * HOUR, "missed")
    assert words(deployment, 3) == ["completed", "completed", "completed"]
    assert words(deployment, 4) == ["completed", "completed", "completed", "missed"]
    assert len(words(deployment, 60)) == 6


def test_many_missed_slots_push_out_older_runs_never_newer_ones(deployment: Deployment) -> None:
    stored_runs(run_record(1, NOW), run_record(2, NOW - 50 * HOUR))
    for n in range(1, 30):
        slot(NOW - n * HOUR, "missed")
    assert words(deployment, 20) == ["completed", *["missed"] * 19]


def test_the_first_run_with_another_version_of_the_agent_is_marked(deployment: Deployment) -> None:
    def agent(version: int | None, key: str = "a") -> dict[str, Any]:
        return {"agent": {"id": f"agent_{key}", "type": "agent", "version": version}}

    agents = (agent(3, "b"), agent(3), agent(3), agent(2), agent(None), agent(2))  # newest first
    stored_runs(*(run_record(n, NOW - n * HOUR, **changes) for n, changes in enumerate(agents)))
    result = bars(deployment)
    assert [bar.fault for bar in result] == [True, False, True, False, False, False]
    assert result[0].title.endswith(", first with agent_b v3")
    assert result[2].title.endswith(", first with agent version 3")


def test_a_list_has_a_strip_of_each_even_of_what_never_ran() -> None:
    rows = stored_deployments(deployment_record("b"), deployment_record("c"))
    stored_runs(*(run_record(n, NOW - n * HOUR, "failed", deployment_id="dep_b") for n in range(25)))
    result = strips(rows)
    assert result["default", "dep_b"].text == f"last {IN_A_ROW}: {IN_A_ROW} failed"
    assert result["default", "dep_c"].text == "no runs yet"
    assert strips([]) == {}


def test_a_change_of_the_definition_is_marked_at_the_first_bar_after_it() -> None:
    [deployment] = stored_deployments(deployment_record())
    stored_runs(*(run_record(n, NOW - n * HOUR) for n in range(4)))
    changes = [(NOW - 1.5 * HOUR, "schedule changed"), (NOW - 9 * HOUR, "name changed"), (NOW + HOUR, "soon")]
    bars = linked_strip(deployment, 60, changes).bars
    assert [placed.bar.fault for placed in bars] == [False, False, True, False]
    assert bars[2].bar.title.endswith(", the first after: schedule changed")


@pytest.mark.sqlite
def test_slots_that_runs_met_in_time_are_not_even_looked_at(deployment: Deployment) -> None:
    with CaptureQueriesContext(connection) as queries:
        strips([deployment])
    of_slots = [query["sql"] for query in queries if "dashboard_slot" in query["sql"]]
    for sql in of_slots:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = " ".join(str(row[3]) for row in cursor.fetchall())
        assert "INDEX slot_shown_at (account=? AND deployment_id=?" in plan or "NO ROWS" in plan, plan
    assert of_slots
