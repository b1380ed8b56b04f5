"""An instant that screens are shown of: which ones may be, and how far each account had been read by then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings

from dashboard.filters.timespans import Unusable
from dashboard.services.past.moment import past_moment
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW
from tests.feeds import live
from tests.health_bars import HOUR, watched

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tomorrow", "use 15m, 24h"),
        ("2026-06-16T09:42:01Z", "it is still to come"),
        ("in 5m", "it is still to come"),
        ("10d", "how it was can be shown since Sun 14 Jun 09:42"),
        ("<b>", "use 15m, 24h"),
    ],
)
def test_of_other_instants_it_says_why_not(text: str, why: str) -> None:
    live(remembers_from=NOW - 2 * DAY)
    with pytest.raises(Unusable, match=why):
        past_moment(text, Snapshot(NOW))


def test_before_anything_was_read_there_is_nothing_to_show() -> None:
    with pytest.raises(Unusable, match="can be shown since"):
        past_moment("5m", Snapshot(NOW))


def test_the_day_before_has_to_be_kept(settings: LazySettings) -> None:
    settings.RUN_RETENTION_DAYS = 5
    live(remembers_from=NOW - 400 * DAY)
    assert past_moment("4d", Snapshot(NOW)).at == NOW - 4 * DAY
    with pytest.raises(Unusable):
        past_moment("97h", Snapshot(NOW))


@pytest.mark.parametrize(
    ("hours", "sentences", "stale"),
    [
        ((40, 0), (), False),
        ((40, 5.003), (), False),  # a few seconds before
        ((40, 7), ("The API had been read last Tue 16 Jun 02:42: nothing newer was known.",), True),
        ((2, 0), ("The API had not been read completely yet.",), False),
    ],
)
def test_it_says_how_far_it_had_been_read(
    hours: tuple[float, float], sentences: tuple[str, ...], *, stale: bool
) -> None:
    live(remembers_from=NOW - 9 * DAY)
    watched(hours)
    moment = past_moment("5h", Snapshot(NOW))
    assert (moment.sentences, moment.stale) == (sentences, stale)
    assert moment.partly is (hours == (2, 0))
    assert moment.watched_since(NOW - 30 * HOUR) is (not sentences)


def test_steps_lead_a_little_earlier_and_later_but_not_beyond_now() -> None:
    live(remembers_from=NOW - 9 * DAY)
    steps = past_moment("30m", Snapshot(NOW)).steps(str, NOW)
    assert [step.word for step in steps] == ["1 h earlier", "10 min earlier", "10 min later"]
    assert steps[0].url == str(NOW - timedelta(minutes=90))
