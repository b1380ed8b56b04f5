"""What is known of the reading itself names itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.models import Feed, Gap, Lease
from tests.factories import NOW


def test_a_feed_is_called_by_its_account() -> None:
    assert str(Feed(account="default")) == "default"


def test_a_gap_says_whose_it_is_and_from_where_to_where() -> None:
    gap = Gap(account="default", from_at=NOW, until_at=NOW - timedelta(days=1))
    assert str(gap) == "default: 2026-06-16 09:42:00+00:00 to 2026-06-15 09:42:00+00:00"


def test_a_lease_says_who_holds_it() -> None:
    assert str(Lease(name="mirror", holder="here:1")) == "mirror held by here:1"


@pytest.mark.django_db
def test_the_newest_gap_comes_first() -> None:
    for hours in (2, 1, 3):
        Gap.objects.create(account="default", from_at=NOW - timedelta(hours=hours), until_at=NOW)
    assert [gap.from_at for gap in Gap.objects.all()] == [NOW - timedelta(hours=h) for h in (1, 2, 3)]
