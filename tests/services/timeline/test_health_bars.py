"""Lanes: which stretches there are, what each says and leads to, and what is not known."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.domain.states import Health, HealthCause
from dashboard.models import Deployment, Feed, Watch
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.timeline import health_bars
from dashboard.services.timeline.health_bars import HealthBar, Window
from tests.factories import NOW, deployment_record, stored_deployments
from tests.feeds import failing, live
from tests.health_bars import HOUR, changed, watched

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
DAY = timedelta(days=1)
OK, FAILING, LATE = Health.OK, Health.FAILING, Health.LATE


@pytest.fixture(autouse=True)
def stored() -> None:
    live()
    stored_deployments(deployment_record())


def drawn(length: timedelta = DAY, zone: str = "UTC") -> HealthBar:
    """The bar of the only deployment over the last day, or another time."""
    snapshot = Snapshot(NOW.astimezone(ZoneInfo(zone)))
    window = Window.up_to(snapshot.now, length)
    row = Deployment.objects.get()
    changes = health_bars.changes_of([row], window.span.since).get(row.key, [])
    known = health_bars.known_spans([row.account], window.span.since, snapshot).get(row.account, [])
    return health_bars.health_bar(row, changes, known, window)


def parts(**given: Any) -> list[tuple[str, str, str]]:
    return [(part.badge.word, part.x, part.width) for part in drawn(**given).stretches]


def test_what_stood_and_what_it_became_fill_the_bar() -> None:
    watched()
    changed((OK, 99), (FAILING, 12), (OK, 6))
    assert parts() == [
        ("ok", "0.00%", "50.00%"),
        ("failing", "50.00%", "25.00%"),
        ("ok", "75.00%", "25.00%"),
    ]


@pytest.mark.parametrize(
    ("states", "streak_hours", "expected"),
    [
        ([(FAILING, 1)], 18, [("not known", "0.00%"), ("failing", "25.00%")]),
        ([(Health.UNREAD, 2), (FAILING, 1)], 18, [("not known", "0.00%"), ("failing", "25.00%")]),
        ([(FAILING, 1)], 1 / 2, [("not known", "0.00%"), ("failing", "95.83%")]),
        ([(OK, 2), (FAILING, 1)], 18, [("not known", "0.00%"), ("ok", "91.67%"), ("failing", "95.83%")]),
        ([(FAILING, 2), (OK, 1)], 18, [("not known", "0.00%"), ("failing", "91.67%"), ("ok", "95.83%")]),
    ],
)
def test_failures_in_a_row_are_known_from_before_it_was_first_judged(
    states: list[tuple[str, float]], streak_hours: float, expected: list[tuple[str, str]]
) -> None:
    watched((2, 0))
    changed(*states)
    Deployment.objects.update(failing_since=NOW - streak_hours * HOUR)
    assert [(word, x) for word, x, _ in parts()] == expected


def test_what_has_not_changed_stands_all_the_while_if_it_was_ever_judged() -> None:
    row, window = Deployment.objects.get(), Window.up_to(NOW, DAY)
    for since, words in ((NOW - 99 * HOUR, ["not judged yet"]), (None, ["not known"])):
        row.health_since = since
        drawn_parts = health_bars.health_bar(row, [], [window.span], window).stretches
        assert [part.badge.word for part in drawn_parts] == words


def test_before_the_first_look_nothing_is_known() -> None:
    watched()
    changed((OK, 6))
    assert parts() == [("not known", "0.00%", "75.00%"), ("ok", "75.00%", "25.00%")]


def test_while_the_api_was_not_read_nothing_is_known() -> None:
    watched((99, 18), (12, 0))
    changed((FAILING, 99), (OK, 6))
    assert parts() == [
        ("failing", "0.00%", "25.00%"),
        ("not known", "25.00%", "25.00%"),
        ("failing", "50.00%", "25.00%"),
        ("ok", "75.00%", "25.00%"),
    ]


def test_what_is_live_is_known_until_now_and_what_is_stale_until_its_last_reading() -> None:
    watched((99, 0.01))
    changed((FAILING, 12))
    assert parts()[-1][0] == "failing"
    Feed.objects.all().delete()
    Watch.objects.all().delete()
    failing(succeeded_at=NOW - 6 * HOUR, polled_at=NOW - 6 * HOUR)
    watched((99, 6))
    assert parts()[-2:] == [("failing", "50.00%", "25.00%"), ("not known", "75.00%", "25.00%")]


def test_before_what_is_kept_nothing_is_known(settings: Any) -> None:
    settings.RUN_RETENTION_DAYS = 1
    watched()
    changed((OK, 99), (FAILING, 24))
    assert parts(length=2 * DAY)[0] == ("not known", "0.00%", "50.00%")


def test_a_stretch_says_all_of_itself_by_the_readers_clock() -> None:
    watched()
    changed((OK, 99), (FAILING, 6))
    [_, last] = drawn(zone="Europe/Berlin").stretches
    assert last.text == "failing, Tue 16 Jun 05:42 to Tue 16 Jun 11:42, 6 h"
    assert (last.kind, last.y, last.height, last.room) == (FAILING, "0", "100%", "worded")


def test_a_stretch_leads_to_its_runs_and_the_run_that_began_it() -> None:
    watched()
    changed((OK, 99), (FAILING, 6), cause=HealthCause.RUN, run_id="drun_1")
    assert drawn().stretches[-1].url == (
        "/runs/?deployment_id=dep_a&since=2026-06-16T03%3A41%3A00Z&until=2026-06-16T09%3A42%3A01Z"
    )


def test_what_somebody_should_look_at_is_added_up() -> None:
    watched()
    changed((LATE, 99), (FAILING, 6), (LATE, 5), (Health.SLOW, 2), (OK, 1))
    assert [(total.badge.word, total.length) for total in drawn().sums] == [
        ("failing", "1 h"),
        ("late", "21 h"),
    ]


def test_many_short_stretches_are_one_and_say_how_many() -> None:
    watched()
    short = [(FAILING if n % 2 else OK, 12 - n / 60) for n in range(5)]
    changed((OK, 99), *short, (LATE, 11))
    words = [part.text.rpartition(", ")[2] for part in drawn().stretches]
    assert "2 short changes" in words or "3 short changes" in words
    assert [part.badge.word for part in drawn().stretches][1] == "failing"


def test_a_very_short_one_is_still_seen() -> None:
    watched()
    changed((OK, 99), (FAILING, 12), (OK, 11.999))
    [_, short, _] = drawn().stretches
    assert (short.width, short.room) == ("0.40%", "")


def test_of_a_deployment_that_changes_all_the_time_the_newest_changes_are_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health_bars, "MOST_CHANGES", 2)
    watched()
    changed((OK, 99), (FAILING, 18), (OK, 12), (FAILING, 6))
    bar = drawn()
    assert bar.incomplete
    assert [part.badge.word for part in bar.stretches] == ["not known", "ok", "failing"]


def test_every_health_has_a_kind_but_what_is_not_judged() -> None:
    assert set(health_bars._KINDS) == {*Health.ORDER} - {Health.UNKNOWN, Health.UNREAD}


def test_a_window_is_in_utc() -> None:
    window = Window.up_to(NOW.replace(tzinfo=None).replace(tzinfo=ZoneInfo("UTC")), DAY)
    assert (window.span.until.tzinfo, window.length) == (UTC, DAY)
