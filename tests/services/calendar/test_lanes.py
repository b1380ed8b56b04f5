"""The lanes of a day: which there are, in which order, and how many of them a page draws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.models import Deployment
from dashboard.services.calendar import lanes
from tests.calendars import bars_of, lane_of, lanes_of, plan, scheduled, shown, slot
from tests.factories import NOW, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TODAY = NOW.replace(hour=0, minute=0)
NINE = NOW.replace(hour=9, minute=0)


def several() -> None:
    """A deployment for each thing that a day can come to."""
    stored_deployments(
        scheduled("a-failed", ""),
        scheduled("b-missed", ""),
        scheduled("c-running", ""),
        scheduled("d-brief", "", NOW + HOUR),
        scheduled("e-long", "", NOW + 2 * HOUR),
        scheduled("f-skipped", ""),
        *(scheduled(f"g-done{n}", "") for n in range(8)),
        scheduled("h-nothing", ""),
    )
    slot(NINE, "missed", "b-missed")
    stored_runs(
        run_record(1, NINE, "failed", deployment_id="dep_a-failed"),
        run_record(2, NINE, deployment_id="dep_a-failed"),
        run_record(3, NINE, "running", deployment_id="dep_c-running"),
        run_record(4, NINE, "skipped", deployment_id="dep_f-skipped"),
        *(run_record(10 + n, NINE - n * MINUTE, deployment_id=f"dep_g-done{n}") for n in range(8)),
    )
    Deployment.objects.filter(name="e-long").update(usual_ms=3_600_000)


def test_trouble_is_first_then_what_runs_then_what_takes_longest_and_the_quiet_are_folded() -> None:
    several()
    day = lanes_of(shown("view=day"))
    assert [lane.name for lane in day.lanes] == [
        "a-failed",
        "b-missed",
        "c-running",
        "e-long",
        "f-skipped",
        "d-brief",
    ]
    assert [lane.name for lane in day.quiet] == [f"g-done{n}" for n in (*range(1, 8), 0)]
    assert (day.before, day.after) == (None, None)
    first = day.lanes[0]
    assert (first.state, first.glyph, first.detail) == ("failed", "failed", "1 failed, 1 completed")
    assert (first.url, first.usual, day.lanes[3].usual) == ("/deployments/dep_a-failed/", "17 s", "1 h")


@pytest.mark.parametrize(("few", "folded"), [(14, 0), (13, 8)])
def test_where_there_are_few_lanes_none_is_folded(
    monkeypatch: pytest.MonkeyPatch, few: int, folded: int
) -> None:
    several()
    monkeypatch.setattr(lanes, "FEW_LANES", few)
    assert len(lanes_of(shown("view=day")).quiet) == folded


def test_one_quiet_lane_is_not_folded() -> None:
    several()
    assert len(lanes_of(shown("view=day&from=9")).quiet) == 0  # but for one, they ran before nine
    assert "g-done0" in [lane.name for lane in lanes_of(shown("view=day&from=9")).lanes]


def test_lanes_beyond_a_page_are_behind_a_link_with_their_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    several()
    monkeypatch.setattr(lanes, "MOST_LANES", 4)
    first, last = lanes_of(shown("view=day&q=dep")), lanes_of(shown("view=day&q=dep&page=4"))
    assert first.after is not None
    assert (first.after.text, first.after.url) == ("10 more lanes", "/calendar/?view=day&page=2&q=dep")
    assert last.before is not None
    assert (last.before.text, last.after) == ("12 lanes before these (1 with failures)", None)
    assert last.before.url == "/calendar/?view=day&page=3&q=dep"
    assert lanes_of(shown("view=day&page=900&q=dep")) == last
    second = lanes_of(shown("view=day&page=2")).before
    assert second is not None
    assert second.url == "/calendar/?view=day"


def test_one_more_lane_is_singular(monkeypatch: pytest.MonkeyPatch) -> None:
    several()
    monkeypatch.setattr(lanes, "MOST_LANES", 13)
    after = lanes_of(shown("view=day")).after
    assert after is not None
    assert after.text == "1 more lane"


def test_hours_hold_only_what_lies_in_them() -> None:
    plan("a", "0 3,5 * * *", TODAY + DAY + 3 * HOUR)
    assert bars_of(shown("view=day&date=2026-06-17&from=1&to=4")) == [
        "03:00 a, promised, usual length not known"
    ]
    empty = lanes_of(shown("view=day&date=2026-06-17&from=1&to=2"))
    assert (empty.lanes, empty.shown) == ((), False)
    assert len(empty.ticks) == empty.hours == 1


def test_an_hour_leads_to_itself() -> None:
    plan("a", "0 3 * * *")
    ticks = lanes_of(shown("view=day&date=2026-06-17&q=a")).ticks
    assert (ticks[3].text, ticks[3].place) == ("03:00", "12.5%")
    assert ticks[3].url == "/calendar/?view=day&date=2026-06-17&from=3&to=4&q=a"
    assert ticks[23].url == "/calendar/?view=day&date=2026-06-17&from=23&q=a"


def test_now_is_on_the_scale_and_in_every_lane_where_it_lies_in_these_hours() -> None:
    plan("a", "0 12 * * *")
    day = lanes_of(shown("view=day", NINE + 3 * HOUR - MINUTE))
    assert (day.now, day.now_text, lane_of(shown("view=day", TODAY + 6 * HOUR)).now) == (
        "49.93%",
        "11:59",
        "M360 0V24",
    )
    other = shown("view=day&from=12", NINE)
    assert (lanes_of(other).now, lane_of(other).now) == ("", "")


def test_a_lane_with_too_many_bars_is_a_band() -> None:
    plan("a", "* * * * *", status="paused")
    runs = [run_record(n, TODAY + n * MINUTE, "failed" if n == 40 else "completed") for n in range(60)]
    stored_runs(*runs[:24])
    assert (len(lane_of(shown("view=day")).bars), lane_of(shown("view=day")).band) == (24, None)
    stored_runs(*runs)
    lane = lane_of(shown("view=day"))
    assert lane.bars == ()
    assert lane.band is not None
    assert lane.band.text == "a: 59 completed, 1 failed"
    span = "since=2026-06-16T00%3A00%3A00Z&until=2026-06-17T00%3A00%3A00Z"
    assert lane.band.url == f"/runs/?deployment_id=dep_a&{span}"
    assert [(shape.kind, shape.path) for shape in lane.band.shapes] == [
        ("completed", "M0 6h60v12h-60z"),
        ("failed", "M30 2h15v20h-15z"),
    ]
    assert len(lane_of(shown("view=day&to=1")).bars) == 0


def test_quarters_of_an_hour_without_a_run_part_a_band() -> None:
    plan("a", "*/15 * * * *")
    stored_runs(
        *(run_record(n, TODAY + n * MINUTE) for n in range(13)),
        *(run_record(20 + n, TODAY + 2 * HOUR + n * MINUTE) for n in range(13)),
    )
    lane = lane_of(shown("view=day"))
    assert lane.band is not None
    assert [(shape.kind, shape.path) for shape in lane.band.shapes] == [
        ("completed", "M0 6h15v12h-15zM120 6h15v12h-15z"),
        ("projected", "M585 6h855v12h-855z"),
    ]


def test_a_page_draws_no_more_bars_than_it_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST_BARS_OF_A_PAGE", 5)
    stored_deployments(*(scheduled(f"{n}", "") for n in range(3)))
    stored_runs(*(run_record(n, TODAY + n * HOUR, deployment_id=f"dep_{n % 3}") for n in range(9)))
    drawn = lanes_of(shown("view=day"))
    assert [(len(lane.bars), lane.band is not None) for lane in drawn.lanes] == [
        (3, False),
        (0, True),
        (0, True),
    ]


def test_a_frequent_deployment_with_few_events_in_these_hours_is_drawn_bar_by_bar() -> None:
    plan("a", "*/30 * * * *", TODAY + DAY + 90 * MINUTE)
    slot(TODAY + 20 * HOUR, "missed")
    assert bars_of(shown("view=day&date=2026-06-17&from=1&to=3"))[:2] == [
        "01:30 a, promised, usual length not known",
        "02:00 a, projected from its schedule, not promised yet, usual length not known",
    ]
    lane = lane_of(shown("view=day&date=2026-06-17"))
    assert (lane.detail, lane.band is not None) == ("1 promised, 44 projected", True)
    missed = lane_of(shown("view=day&from=20&date=2026-06-16", TODAY + DAY))
    assert missed.detail == "1 missed"


def test_without_any_lane_the_page_is_empty() -> None:
    plan("a", "")
    page = shown("view=day")
    assert page.empty_text == "Nothing ran in these days, and nothing is promised"
    assert lanes_of(page).shown is False


def test_what_a_frequent_deployment_promised_and_nobody_looked_for_is_counted_once() -> None:
    stored_deployments(scheduled("a", "*/5 * * * *", *(NINE + n * MINUTE for n in (5, 10, 15, 60))))
    slot(NINE + 5 * MINUTE, "missed", "a")
    assert lane_of(shown("view=day")).detail.startswith("1 missed, 2 not watched, 1 promised")


def test_a_frequent_deployment_that_fires_at_other_hours_has_no_lane() -> None:
    plan("a", "*/10 9-17 * * *")
    assert lane_of(shown("view=day&date=2026-06-17")).detail == "54 projected"
    assert lanes_of(shown("view=day&date=2026-06-17&from=1&to=4")).shown is False


def test_what_was_promised_in_an_hour_that_the_clock_shows_twice_is_not_called_unwatched() -> None:
    again = datetime(2026, 10, 25, 1, 8, 45, tzinfo=UTC)  # 02:08 in Berlin, for the second time
    promised = again.replace(minute=5, second=0)
    stored_deployments(scheduled("a", "*/5 * * * *", promised))
    slot(promised, "due", "a")
    detail = lane_of(shown("view=day", again, "Europe/Berlin")).detail
    assert "promised" in detail
    assert "not watched" not in detail
