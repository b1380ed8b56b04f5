"""Pages by key: whatever the order, walking shows every row once, and walking back the same pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard.filters import cursors
from dashboard.filters.cursors import Cursor
from dashboard.filters.timespans import Unusable
from dashboard.models import Deployment, Run
from dashboard.services.deployments import list as deployment_list
from dashboard.services.lists.paging import Order, slice_at
from dashboard.services.runs import list as run_list
from tests.factories import NOW, run_record, stored_runs
from tests.judging import judged

pytestmark = pytest.mark.django_db
MOMENT = timedelta(seconds=1)
few = settings(max_examples=15, deadline=None)
some_times = st.one_of(st.none(), st.integers(0, 3).map(lambda n: NOW + n * MOMENT))


def walked(rows: Callable[[], Any], order: Order, limit: int) -> list[list[Any]]:
    """The pages on the way to the oldest, each cursor read back from the text a URL would carry."""
    pages = [slice_at(rows(), order, None, limit)]
    assert not pages[0].newer
    while pages[-1].older:
        assert len(pages) < 100, "the walk does not end"
        pages.append(slice_at(rows(), order, order.parse(pages[-1].older), limit))
    back = [pages[-1]]
    while back[-1].newer:
        assert len(back) < 100, "the walk back does not end"
        back.append(slice_at(rows(), order, order.parse(back[-1].newer), limit))
    shown = [[row.pk for row in page.rows] for page in pages]
    assert [[row.pk for row in page.rows] for page in reversed(back)] == shown
    return shown


def by(rows: Iterable[Any], *keys: tuple[str, bool]) -> list[Any]:
    """The rows in that order, by hand: least key first, values that are missing last either way."""
    ordered = sorted(rows, key=lambda row: row.pk)
    for column, down in reversed(keys):
        listed = [row for row in ordered if getattr(row, column) is not None]
        untold = [row for row in ordered if getattr(row, column) is None]
        ordered = sorted(listed, key=lambda row: getattr(row, column), reverse=down) + untold
    return [row.pk for row in ordered]


RUN_ORDERS = {
    "-triggered_at": (("at", True), ("run_id", True), ("pk", True)),
    "triggered_at": (("at", False), ("run_id", False), ("pk", False)),
    "-duration": (("duration_ms", True), ("run_id", True), ("pk", True)),
    "duration": (("duration_ms", False), ("run_id", True), ("pk", True)),
}
NAMED = (("name", False), ("deployment_id", False), ("pk", False))
DEPLOYMENT_ORDERS = {
    "health": (("health_rank", False), ("streak", True), ("next_run_at", False), *NAMED),
    "-health": (("health_rank", True), *NAMED),
    "name": NAMED,
    "-name": tuple((column, True) for column, _ in NAMED),
    "last_run": (("last_run_at", False), *NAMED),
    "-last_run": (("last_run_at", True), *NAMED),
    "last_success": (("last_success_at", False), *NAMED),
    "-last_success": (("last_success_at", True), *NAMED),
    "next_run": (("next_run_at", False), *NAMED),
    "-next_run": (("next_run_at", True), *NAMED),
}


def test_every_order_of_the_lists_is_walked_here() -> None:
    assert run_list.ORDERS.keys() == RUN_ORDERS.keys()
    assert deployment_list.ORDERS.keys() == DEPLOYMENT_ORDERS.keys()


@pytest.mark.parametrize("order", sorted(RUN_ORDERS))
@few
@given(
    made=st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 2)), st.integers(0, 4))),
    limit=st.integers(1, 4),
)
@example(made=[(0, None, n) for n in range(5)], limit=2)
@example(made=[(n, n or None, 0) for n in range(3)], limit=1)
def test_walking_runs_shows_each_once_in_order_and_the_same_pages_back(
    order: str, made: list[tuple[int, int | None, int]], limit: int
) -> None:
    Run.objects.all().delete()
    Run.objects.bulk_create(
        Run(
            account=f"account {n}",  # the same run id may be in two accounts
            run_id=f"drun_{name}",
            at=NOW + at * MOMENT,
            duration_ms=lasted,
            status_reported=True,
            open=False,
            has_error=False,
        )
        for n, (at, lasted, name) in enumerate(made)
    )
    pages = walked(Run.objects.all, run_list.ORDERS[order], limit)
    assert [pk for page in pages for pk in page] == by(Run.objects.all(), *RUN_ORDERS[order])
    assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.slow
@pytest.mark.parametrize("order", sorted(DEPLOYMENT_ORDERS))
@few
@given(
    made=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 2), some_times, some_times, some_times), max_size=9
    ),
    limit=st.integers(1, 4),
)
def test_walking_deployments_shows_each_once_in_order_and_the_same_pages_back(
    order: str, made: list[tuple[str, int, Any, Any, Any]], limit: int
) -> None:
    Deployment.objects.all().delete()
    Deployment.objects.bulk_create(
        Deployment(
            account=f"account {n}",
            deployment_id=f"dep_{n % 2}",
            name=name,
            status="active",
            streak=streak,
            last_run_at=last_run,
            last_success_at=last_success,
            next_run_at=next_run,
            record_json="{}",
        )
        for n, (name, streak, last_run, last_success, next_run) in enumerate(made)
    )
    rows = judged(NOW).all
    pages = walked(rows, deployment_list.ORDERS[order], limit)
    assert [pk for page in pages for pk in page] == by(rows(), *DEPLOYMENT_ORDERS[order])


def test_a_row_that_arrives_or_leaves_shifts_no_other_row() -> None:
    stored_runs(*(run_record(n, NOW - n * MOMENT) for n in range(6)))
    order = run_list.ORDERS["-triggered_at"]
    first = slice_at(Run.objects.all(), order, None, 2)
    stored_runs(run_record(99, NOW + MOMENT))
    first.rows[-1].delete()  # the very row the cursor names
    second = slice_at(Run.objects.all(), order, order.parse(first.older), 2)
    assert [int(run.run_id[-2:]) for run in second.rows] == [2, 3]


def test_the_way_back_leads_to_a_full_first_page_rather_than_a_torn_one() -> None:
    stored_runs(*(run_record(n, NOW - n * MOMENT) for n in range(5)))
    order = run_list.ORDERS["-triggered_at"]
    third = Run.objects.newest_first()[1]
    page = slice_at(Run.objects.all(), order, order.parse(order.cursor(third, backwards=True)), 3)
    assert [int(run.run_id[-1]) for run in page.rows] == [0, 1, 2]
    assert (page.newer, bool(page.older)) == ("", True)


def test_a_page_past_the_end_has_no_rows_and_no_neighbours() -> None:
    [run] = stored_runs(run_record(1, NOW))
    order = run_list.ORDERS["-triggered_at"]
    page = slice_at(Run.objects.all(), order, order.parse(order.cursor(run, backwards=False)), 3)
    assert (page.rows, page.newer, page.older) == ([], "", "")


def encoded(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


AT = NOW.isoformat()


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "!!!",
        "é",
        "\x00",
        "A" * 2_001,
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[" * 1_400).decode(),
        encoded(),
        encoded("-triggered_at", False),
        encoded("-triggered_at", False, AT, "drun_1"),
        encoded("-triggered_at", False, AT, "drun_1", 1, 1),
        encoded("triggered_at", False, AT, "drun_1", 1),  # of the opposite order
        encoded("-duration", False, 1, "drun_1", 1),
        encoded("-triggered_at", False, None, "drun_1", 1),  # a value that no row lacks
        encoded("-triggered_at", False, AT, None, 1),
        encoded("-triggered_at", False, AT, "drun_1", None),
        encoded("-triggered_at", False, "yesterday", "drun_1", 1),
        encoded("-triggered_at", False, "2026-06-16T09:42:00", "drun_1", 1),
        encoded("-triggered_at", False, 7, "drun_1", 1),
        encoded("-triggered_at", False, AT, 7, 1),
        encoded("-triggered_at", False, AT, "drun\x00", 1),
        encoded("-triggered_at", False, AT, "drun_1", "1"),
        encoded("-triggered_at", False, AT, "drun_1", 2**63),
        encoded("-triggered_at", False, AT, "drun_1", True),
        encoded("-triggered_at", False, AT, "drun_1", 1.5),
        encoded("-triggered_at", False, [AT], {"run_id": 1}, [1]),
    ],
)
def test_a_cursor_that_is_no_place_in_the_list_is_refused_in_words(text: str) -> None:
    with pytest.raises(Unusable, match="first page is shown"):
        run_list.ORDERS["-triggered_at"].parse(text)


@pytest.mark.parametrize(
    "values",
    [
        ("0001-01-01T00:00:00+14:00", "drun_1", 1),
        ("9999-12-31T23:59:59-12:00", "drun_1", 1),
        (AT, "drun_\ud800", 1),
        ("0001-01-01T00:00:00+00:00", "drun_1", 1),
        ("9999-12-31T23:59:59+00:00", "drun_1", -(2**63) + 1),
        (AT, "", 0),
        (AT, "' OR 1=1 --", 1),
    ],
)
def test_a_forged_cursor_is_refused_or_finds_a_page_but_breaks_nothing(values: tuple[Any, ...]) -> None:
    stored_runs(run_record(1, NOW))
    order = run_list.ORDERS["-triggered_at"]
    for backwards in (False, True):
        try:
            cursor = order.parse(encoded(order.name, backwards, *values))
        except Unusable:
            continue
        assert len(slice_at(Run.objects.all(), order, cursor, 10).rows) <= 1


def test_no_cursor_is_the_first_page() -> None:
    assert run_list.ORDERS["-triggered_at"].parse("") is None


@given(st.text(max_size=40))
@few
def test_whatever_a_url_carries_as_a_cursor_is_read_or_refused(text: str) -> None:
    refused = set()
    for order in (*run_list.ORDERS.values(), *deployment_list.ORDERS.values()):
        try:
            order.parse(text)
        except Unusable as error:
            refused.add(str(error))
    assert refused <= {cursors.NO_PLACE}


def test_a_cursor_survives_its_way_through_the_url() -> None:
    cursor = Cursor("-duration", True, (None, "drun_é", 7))
    assert run_list.ORDERS["-duration"].parse(str(cursor)) == cursor
    at = datetime(2026, 6, 16, 9, 42, 0, 123_456, tzinfo=UTC)
    placed = Cursor("-triggered_at", False, (at, "drun_1", 7))
    assert run_list.ORDERS["-triggered_at"].parse(str(placed)) == placed
