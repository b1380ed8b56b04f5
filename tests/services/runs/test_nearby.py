"""Runs looked for near their place first: the same page as one query over all would give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard import filters
from dashboard.filters.cursors import Cursor
from dashboard.models import Run
from dashboard.models.run_search import Hits
from dashboard.services.lists.paging import Order, first
from dashboard.services.runs import list as run_list
from dashboard.services.runs import nearby
from tests.factories import NOW, run_record, stored_runs

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
KEYS = [("default", "dep_a"), ("default", "dep_b")]
BY_TIME = [run_list.ORDERS[name] for name in ("-triggered_at", "triggered_at")]


@pytest.fixture(autouse=True)
def few_are_near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearby, "_NEAR", 3)


def store(*deployments: str) -> None:
    """One run of each a minute, the last of them now."""
    runs = enumerate(reversed(deployments))
    stored_runs(*(run_record(n, NOW - n * MINUTE, deployment_id=f"dep_{key}") for n, key in runs))


def cursors(name: str) -> Iterator[Cursor | None]:
    yield None
    for run in Run.objects.all():
        for backwards in (False, True):
            yield Cursor(name, backwards, (run.at, run.run_id, run.pk))


@pytest.mark.parametrize("order", BY_TIME, ids=lambda order: order.name)
@pytest.mark.parametrize(
    "deployments", ["", "a", "xxa", "abxxxxaxxxxb", "axxxxxxxxxxxxxxx", "xxxxxxxxxxxxxxxb"]
)
def test_a_page_of_scattered_runs_is_the_page_of_all(deployments: str, order: Order) -> None:
    store(*deployments)
    rows = Run.objects.for_deployments(KEYS)
    for cursor in cursors(order.name):
        for number in (1, 2, 5):
            assert nearby.near(rows, order, cursor, number) == first(rows, order, cursor, number)


def test_a_page_that_lies_near_is_read_from_what_is_near() -> None:
    store(*"a" * 20, *"xab")
    with CaptureQueriesContext(connection) as queries:
        page = nearby.near(Run.objects.for_deployments(KEYS), BY_TIME[0], None, 2)
    assert [run.deployment_id for run in page] == ["dep_b", "dep_a"]
    assert len(queries) == 3  # the two ends of what is near, and the page


def test_an_order_of_another_kind_is_read_at_once() -> None:
    store(*"a" * 9)
    with CaptureQueriesContext(connection) as queries:
        assert len(nearby.near(Run.objects.all(), run_list.ORDERS["-duration"], None, 2)) == 2
    assert len(queries) == 1


@pytest.mark.parametrize("order", BY_TIME, ids=lambda order: order.name)
def test_a_stretch_that_no_calendar_holds_has_no_bound(order: Order) -> None:
    for n, year in enumerate((1, 1, 5000, 9999, 9999)):
        stored_runs(run_record(n, datetime(year, 1, 1, n, tzinfo=UTC)))
    Run.objects.update(deployment_id="dep_x")
    assert nearby.near(Run.objects.for_deployments(KEYS), order, None, 1) == []


@pytest.mark.parametrize(
    ("values", "scattered"),
    [
        ({}, False),
        ({"status": "failed", "since": "24h"}, False),
        ({"status": ("failed", "skipped")}, True),
        ({"deployment_id": ("dep_a", "dep_b")}, True),
        ({"deployment_health": "failing"}, True),
        ({"min_duration": "10m"}, True),
    ],
)
def test_runs_of_several_kinds_are_scattered(values: dict[str, str], scattered: bool) -> None:
    assert nearby.scattered(filters.ask_runs(**values)) is scattered


@pytest.mark.parametrize(
    ("hits", "scattered"),
    [
        (Hits("few", (1, 2), ()), False),
        (Hits("many", None, ()), True),
        (Hits("a name", (), (("default", "dep_a"),)), True),
    ],
)
def test_runs_that_a_text_means_are_scattered_but_for_a_few(hits: Hits, scattered: bool) -> None:
    assert nearby.scattered(filters.ask_runs(), hits) is scattered
