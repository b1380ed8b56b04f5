"""When a page would show something else, and how old its data is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.models import Feed, Gap
from dashboard.services.status.etag import Freshness, freshness
from dashboard.services.status.kept import CLOCK
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


def ask(seconds: int = 0) -> Freshness:
    return freshness(Snapshot(NOW + timedelta(seconds=seconds)))


def test_nothing_changed_has_the_same_mark() -> None:
    live()
    assert ask() == ask()


@pytest.mark.parametrize(
    "change", [{"version": 9}, {"malformed": 1}, {"failing_since": NOW}, {"polled_at": None}]
)
def test_a_change_of_the_feed_changes_the_mark(change: dict[str, object]) -> None:
    live()
    before = ask().mark
    Feed.objects.update(**change)
    assert ask().mark != before


def test_a_gap_changes_the_mark() -> None:
    live()
    before = ask().mark
    Gap.objects.create(account="default", from_at=NOW, until_at=NOW)
    assert ask().mark != before


def test_the_clock_changes_the_mark_every_half_minute() -> None:
    live()
    assert ask(CLOCK).mark != ask().mark


def test_the_age_is_in_whole_seconds_and_unknown_before_anything_was_read() -> None:
    assert ask().age_s is None
    live()
    assert ask().age_s == 4
