"""Parts of every list."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict

from dashboard import filters
from dashboard.services.lists.listing import fixed_url
from tests.vocabulary import Words


def test_a_span_is_fixed_to_now_also_in_an_hour_that_the_clock_shows_twice() -> None:
    again = datetime(2026, 10, 25, 1, 8, 45, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
    query = filters.runs(QueryDict("since=24h"), Words(accounts=("default",)))
    ends = "since=2026-10-24T01%3A08%3A45Z&until=2026-10-25T01%3A08%3A46Z"
    assert fixed_url(query, again) == f"/runs/?{ends}"
