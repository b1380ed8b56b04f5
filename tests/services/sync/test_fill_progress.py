"""How long a history takes: by the clock and the last pages, and nothing where that cannot be known."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from dashboard.models import Deployment, Feed, Gap
from dashboard.services.sync.fill_progress import FillProgress
from tests.factories import NOW, deployment_record, stored_deployments
from tests.feeds import live

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Noted = tuple[Any, Any, Any]  # numbers, or nothing


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    """A day on which ninety days are kept, and an account that is ten days old."""
    live(deployments_read_at=NOW)
    stored_deployments(deployment_record("a", created_at=(NOW - 10 * DAY).isoformat()))
    with time_machine.travel(NOW, tick=False):
        yield


class Clock:
    """Pages that are read one after the other, and what is noted of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *gaps: tuple[float, float]) -> None:
        """gaps: in days before now, from and until."""
        self.seconds = 100.0
        self.progress = FillProgress()
        monkeypatch.setattr(time, "monotonic", lambda: self.seconds)
        for begin, end in gaps:
            self.open(begin, end)

    def open(self, begin: float, end: float) -> None:
        Gap.objects.create(account="default", from_at=NOW - begin * DAY, until_at=NOW - end * DAY)

    def read(self, runs: int, history: timedelta, seconds: float) -> Noted:
        """That much is read in so many seconds of the newest gap."""
        self.seconds += seconds
        if gap := Gap.objects.first():
            gap.from_at -= history
            gap.save()
        self.progress.note("default", runs, history)
        return Feed.objects.values_list("fill_share", "fill_speed", "fill_left_s").get()


def test_the_end_is_where_the_account_begins_and_not_what_would_be_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(monkeypatch, (0, 90))
    assert clock.read(1_000, DAY, 1) == (pytest.approx(0.1), None, None)  # one page is no pace
    assert clock.read(3_000, 2 * DAY, 2) == (pytest.approx(0.3), 1_500, pytest.approx(7))
    assert clock.read(3_000, DAY, 2) == (pytest.approx(0.4), 1_500, pytest.approx(8))
    Gap.objects.all().delete()
    assert clock.read(5, DAY, 1) == (None, None, None)
    clock.open(5, 90)
    assert clock.read(5, DAY, 1)[1:] == (None, None)  # what was measured before does not count


def test_only_the_last_half_minute_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, (0, 90))
    clock.read(9_000, DAY, 1)
    clock.read(9_000, DAY, 5)
    assert clock.read(100, DAY, 29) == (pytest.approx(0.3), pytest.approx(100 / 29), pytest.approx(7 * 29))
    assert clock.read(100, DAY, 31)[1:] == (None, None)  # as after an outage


@pytest.mark.parametrize(
    ("gaps", "created", "read_at", "noted"),
    [
        (((0, 90),), NOW - 10 * DAY, None, (None, 10.0, None)),  # not all deployments are known
        (((0, 90),), None, NOW, (None, 10.0, None)),
        (((9, 90),), NOW - 10 * DAY, NOW, (None, 10.0, None)),  # runs of what is listed no more
        (((0, 90),), NOW + 10 * DAY, NOW, (None, 10.0, None)),
        (((0, 5),), NOW - 10 * DAY, NOW, (pytest.approx(0.4), 10.0, pytest.approx(6.0))),
        (((0, 3), (5, 90)), NOW - 10 * DAY, NOW, (pytest.approx(0.4), 10.0, pytest.approx(12.0))),
    ],
)
def test_what_cannot_be_known_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
    gaps: tuple[tuple[float, float], ...],
    created: datetime | None,
    read_at: datetime | None,
    noted: Noted,
) -> None:
    Deployment.objects.update(created_at=created)
    Feed.objects.update(deployments_read_at=read_at)
    clock = Clock(monkeypatch, *gaps)
    clock.read(0, DAY, 1)
    assert clock.read(20, DAY, 2) == noted


def test_a_page_that_reaches_no_further_leaves_the_rest_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, (0, 90))
    clock.read(0, DAY, 1)
    assert clock.read(0, timedelta(0), 2) == (pytest.approx(0.1), 0, None)


@pytest.mark.parametrize(
    ("kept", "counted", "noted"),
    [
        (20, (100,), (pytest.approx(0.2), 10.0, pytest.approx(8.0))),  # and not the 16 s of the time
        (20, (900,), (pytest.approx(0.2), 10.0, pytest.approx(16.0))),  # most of them past keeping
        (20, (90, 10), (pytest.approx(0.2), 10.0, pytest.approx(8.0))),
        (20, (100, None), (pytest.approx(0.2), 10.0, pytest.approx(16.0))),
        (20, (20,), (1.0, 10.0, None)),  # more than are counted
    ],
)
def test_the_numbers_of_runs_that_the_api_counts_bound_the_rest_too(
    monkeypatch: pytest.MonkeyPatch, kept: int, counted: tuple[int | None, ...], noted: Noted
) -> None:
    Feed.objects.update(runs_kept=kept)
    stored_deployments(*(deployment_record(str(n)) for n in range(1, len(counted))))
    for row, runs in zip(Deployment.objects.order_by("-deployment_id"), counted, strict=True):
        row.total_runs, row.created_at = runs, NOW - 10 * DAY
        row.save()
    clock = Clock(monkeypatch, (0, 90))
    clock.read(0, DAY, 1)
    assert clock.read(20, DAY, 2) == noted
