"""Promises that moved without a run, on the overview, the list and the deployment's page."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from dashboard.models import Deployment
from dashboard.services.deployments import moves
from tests.calendars import plan, slot
from tests.factories import NOW, run_record, stored_runs
from tests.feeds import changed, live
from tests.markup import read

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOVED = "moved from Tue 16 Jun 08:42 to Tue 16 Jun 11:42, nothing ran"


def moved(at: datetime, key: str = "a") -> None:
    slot(at, "withdrawn", key, reason="moved", moved_to=at + 3 * HOUR)


def newest() -> list[moves.Move]:
    """The moves that the overview shows."""
    moved = moves.recently_moved(Deployment.objects.current(), NOW)
    return moves.moves_of(moves.with_moves(Deployment.objects.filter(pk__in=moved.values("pk")), NOW))


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("url", ["/", "/deployments/", "/deployments/dep_a/"])
def test_a_moved_promise_is_shown_where_its_deployment_is(reader: Client, url: str) -> None:
    live()
    plan("a", "0 9 * * *", NOW + DAY)
    assert "moved from" not in read(reader.get(url)).words()
    moved(NOW - HOUR)
    changed()
    assert MOVED in read(reader.get(url)).words()
    stored_runs(run_record(1, NOW - HOUR / 2))
    changed()
    assert "moved from" not in read(reader.get(url)).words()


def test_only_moves_of_the_last_day_and_of_deployments_that_are_listed_are_shown() -> None:
    plan("a", "0 9 * * *", NOW + DAY)
    plan("b", "0 9 * * *", NOW + DAY, archived_at="2026-06-16T00:00:00Z")
    moved(NOW - 2 * DAY)
    moved(NOW - HOUR, "b")
    slot(NOW - HOUR, "withdrawn", "a", reason="edited")
    assert newest() == []


def test_the_newest_move_of_each_deployment_is_shown_newest_first() -> None:
    for number in range(7):
        plan(f"{number}", "0 9 * * *", NOW + DAY)
        moved(NOW - 20 * HOUR, f"{number}")
        moved(NOW - number * HOUR, f"{number}")
    shown = newest()
    assert [move.url for move in shown] == [f"/deployments/dep_{number}/" for number in range(5)]
    assert shown[1].text == f"Next run of 1 {MOVED}"
