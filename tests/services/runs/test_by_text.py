"""Runs whose errors have a text, counted off from the page's place: the page that one query would give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.filters.cursors import Cursor
from dashboard.models import Run
from dashboard.models.run_search import Hits
from dashboard.services.lists.paging import Order, first
from dashboard.services.runs import list as run_list
from dashboard.services.runs.by_text import by_text
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
BY_TIME = [run_list.ORDERS[name] for name in ("-triggered_at", "triggered_at")]
EVER = (None, None)
SPANS = [
    EVER,
    (NOW - 8 * MINUTE, None),
    (None, NOW - 4 * MINUTE),
    (NOW - 9 * MINUTE, NOW - 2 * MINUTE),
    (NOW, NOW - MINUTE),
]


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.models.run_search.MOST", 0)


def store(texts: str) -> None:
    """A run a minute, the last of them now: t for an error that has the text, o for another, c for none."""
    letters = texts[::-1]
    runs = stored_runs(*(run_record(n, NOW - n * MINUTE, "failed") for n in range(len(letters))))
    for run, letter in zip(runs, letters, strict=True):
        message = {"t": "The timeout was reached", "o": "Out of memory", "c": ""}[letter]
        Run.objects.filter(pk=run.pk).update(has_error=letter != "c", error_message=message)


def cursors(name: str) -> Iterator[Cursor | None]:
    yield None
    for run in Run.objects.all():
        for backwards in (False, True):
            yield Cursor(name, backwards, (run.at, run.run_id, run.pk))


def pages(order: Order, span: tuple[datetime | None, datetime | None] = EVER, text: str = "timeout") -> None:
    """Each page, however long and wherever it begins, is that of one query."""
    hits, rows = Run.objects.find(text), Run.objects.within(*span)
    assert hits.few is None
    for cursor in cursors(order.name):
        for number in (1, 2, 5):
            page = by_text(rows, order, cursor, number, hits=hits, span=span)
            assert page == first(rows.hit_by(hits), order, cursor, number)


@pytest.mark.parametrize("order", BY_TIME, ids=lambda order: order.name)
@pytest.mark.parametrize("span", SPANS)
def test_a_page_is_the_page_of_one_query(span: tuple[datetime | None, datetime | None], order: Order) -> None:
    store("tcottcccttot")
    pages(order, span)


@pytest.mark.parametrize("order", BY_TIME, ids=lambda order: order.name)
def test_runs_of_deployments_that_the_text_means_are_on_it_too(order: Order) -> None:
    stored_deployments(deployment_record("a", name="The timeout of nights"))
    store("tccoctcct")
    pages(order)


@pytest.mark.parametrize("order", BY_TIME, ids=lambda order: order.name)
def test_several_errors_of_one_second_and_undated_ones_are_all_found(order: Order) -> None:
    store("tttttt")
    for place, run in enumerate(Run.objects.order_by("pk")[:4]):
        Run.objects.filter(pk=run.pk).update(at=NOW + timedelta(milliseconds=place // 2))
    last = Run.objects.filter(pk=Run.objects.latest("pk").pk)
    last.update(at=datetime(1970, 1, 1, tzinfo=UTC), time="none")
    pages(order)


@pytest.mark.parametrize("order", BY_TIME, ids=lambda order: order.name)
def test_times_that_no_number_of_the_index_holds_are_gone_through_one_by_one(order: Order) -> None:
    store("tttt")
    for year, run in zip((1, 1500, 5000, 9999), Run.objects.all(), strict=True):
        Run.objects.filter(pk=run.pk).update(at=datetime(year, 1, 1, tzinfo=UTC))
    pages(order)


def test_what_another_filter_leaves_is_found_however_far_off_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.services.runs.by_text.FURTHER", (1, 2))
    store("tttttttt")
    hits, oldest = Run.objects.find("timeout"), Run.objects.earliest("at")
    rows = Run.objects.filter(pk=oldest.pk)
    assert by_text(rows, BY_TIME[0], None, 2, hits=hits, span=EVER) == [oldest]


def test_without_runs_there_is_no_page() -> None:
    nothing = Hits("timeout", None, ())
    assert by_text(Run.objects.all(), BY_TIME[0], None, 5, hits=nothing, span=EVER) == []
