"""The newest rows of each of several deployments, against looking at every row."""

from __future__ import annotations

import random
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import Deployment, Run, Slot
from dashboard.models import latest_per_deployment as module
from dashboard.models.latest_per_deployment import latest
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def fleet(number: int) -> list[Deployment]:
    return stored_deployments(*(deployment_record(f"{n:03}") for n in range(number)))


def scattered(number: int, pool: int) -> None:
    """That many runs, at random minutes so that some share an instant, of random deployments."""
    chance = random.Random(11)  # noqa: S311
    stored_runs(
        *(
            run_record(
                n,
                NOW - chance.randrange(90) * MINUTE,
                deployment_id=f"dep_{chance.randrange(pool):03}",
            )
            for n in range(number)
        )
    )


def by_hand(deployment: Deployment, number: int) -> list[int]:
    rows = [run for run in Run.objects.all() if run.deployment_id == deployment.deployment_id]
    return [run.pk for run in sorted(rows, key=lambda run: (run.at, run.pk), reverse=True)[:number]]


@pytest.mark.parametrize("number", [1, 3, 20])
def test_the_newest_of_each_are_what_looking_at_all_of_them_finds(number: int) -> None:
    deployments = fleet(9)  # the last of them without any run
    scattered(200, 8)
    with patch.object(module, "_BATCH", 4):
        newest = latest(Run.objects.all(), deployments, number)
    for deployment in deployments:
        assert [run.pk for run in newest[deployment.account, deployment.deployment_id]] == by_hand(
            deployment, number
        )


def test_one_id_in_two_accounts_is_two_deployments() -> None:
    mine, other = (stored_deployments(deployment_record(), account=name)[0] for name in ("default", "other"))
    stored_runs(run_record(1, NOW))
    stored_runs(run_record(2, NOW), account="other")
    newest = latest(Run.objects.all(), [mine, other], 5)
    assert {key: [run.run_id[-1] for run in rows] for key, rows in newest.items()} == {
        ("default", "dep_a"): ["1"],
        ("other", "dep_a"): ["2"],
    }


def test_only_the_rows_that_are_asked_for_are_looked_at() -> None:
    [row] = fleet(1)
    for n, outcome in enumerate(("missed", "on time", "missed")):
        at = NOW - n * MINUTE
        Slot.objects.create(
            account="default", deployment_id=row.deployment_id, at=at, outcome=outcome, seen_at=at
        )
    newest = latest(Slot.objects.filter(outcome="missed"), [row], 5, "outcome")
    assert [slot.at for slot in newest["default", "dep_000"]] == [NOW, NOW - 2 * MINUTE]


def test_of_no_deployments_nothing_is_asked() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert latest(Run.objects.all(), [], 5) == {}
    assert not queries.captured_queries


def test_it_asks_twice_however_many_there_are() -> None:
    deployments = fleet(150)
    scattered(300, 150)
    for several in (deployments[:1], deployments):
        with CaptureQueriesContext(connection) as queries:
            latest(Run.objects.all(), several, 20, "status")
        assert len(queries) == 2
