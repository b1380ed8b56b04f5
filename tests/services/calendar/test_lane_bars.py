"""The bars of a lane: where each begins, how long it is, what it is called, and where it leads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.models import Deployment
from dashboard.services.calendar.lane_models import Bar
from tests.calendars import bars_of, lane_of, plan, scheduled, shown, slot
from tests.factories import NOW, newer_shape, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TODAY = NOW.replace(hour=0, minute=0)
NINE = NOW.replace(hour=9, minute=0)
BERLIN = "Europe/Berlin"


def bars(query: str = "", now: datetime = NOW, zone: str = "UTC") -> tuple[Bar, ...]:
    return lane_of(shown(f"view=day&{query}", now, zone)).bars


def usually(length: timedelta) -> None:
    Deployment.objects.update(usual_ms=length / timedelta(milliseconds=1))


@pytest.mark.parametrize(
    ("status", "changes", "text", "path"),
    [
        ("completed", {"duration_ms": 3_600_000}, "completed after 1 h", "M540 6h60v12h-60z"),
        ("completed", {"duration_ms": 1}, "completed after 1 ms", "M540 6h5v12h-5z"),
        ("failed", {"duration_ms": 120_000}, "failed after 2 min", "M540 2h5v20h-5z"),
        ("running", {}, "running for 42 min", "M540 6h42v12h-42z"),
        ("pending", {}, "pending for 42 min", "M540 6h5v12h-5z"),
        ("skipped", {}, "skipped, duration not reported", "M540 17h5v5h-5z"),
        ("odd", {"duration_ms": 600_000}, "odd after 10 min", "M540 6h10v12h-10z"),
    ],
)
def test_a_run_is_as_long_as_it_lasted(status: str, changes: dict[str, Any], text: str, path: str) -> None:
    plan("a", "")
    stored_runs(run_record(1, NINE, status, **changes))
    (bar,) = bars()
    assert (bar.text, bar.path) == (f"09:00 a, {text}", path)
    assert bar.url == f"/runs/drun_{1:032x}/"
    assert bar.kind == ("unknown" if status == "odd" else status)
    assert bar.late == ""


def test_a_run_of_the_newer_api_has_neither_outcome_nor_length() -> None:
    plan("a", "")
    stored_runs(
        newer_shape(run_record(1, NINE)) | {"created_at": f"{NINE:%Y-%m-%dT%H:%M:%SZ}", "session_id": "s"}
    )
    (bar,) = bars()
    assert (bar.kind, bar.text) == ("started", "09:00 a, outcome not reported, duration not reported")


@pytest.mark.parametrize(
    ("outcome", "changes", "text", "path"),
    [
        ("missed", {}, "missed: promised, and no run came", "M540 2h30v20h-30z"),
        ("unobserved", {}, "not seen: nobody was looking, and no run is known", "M540 6h30v12h-30z"),
        ("withdrawn", {"reason": "paused"}, "withdrawn before it was due, paused", "M540 17h30v5h-30z"),
        ("due", {}, "promised, usually 30 min", "M540 6h30v12h-30z"),
    ],
)
def test_a_slot_is_as_long_as_a_run_would_have_been(
    outcome: str, changes: dict[str, Any], text: str, path: str
) -> None:
    plan("a", "")
    usually(30 * MINUTE)
    slot(NINE, outcome, **changes)
    (bar,) = bars()
    assert (bar.kind, bar.text, bar.path) == (outcome, f"09:00 a, {text}", path)
    assert bar.url == "/deployments/dep_a/"


def test_what_is_to_come_is_as_long_as_usual() -> None:
    plan("a", "0 12,20 * * *", TODAY + 12 * HOUR)
    usually(HOUR)
    assert [(bar.kind, bar.text, bar.path) for bar in bars()] == [
        ("due", "12:00 a, promised, usually 1 h", "M720 6h60v12h-60z"),
        (
            "projected",
            "20:00 a, projected from its schedule, not promised yet, usually 1 h",
            "M1200 6h60v12h-60z",
        ),
    ]


def test_a_run_in_progress_names_what_is_usual() -> None:
    plan("a", "")
    stored_runs(run_record(1, NINE, "running"))
    usually(10 * MINUTE)
    assert bars()[0].text == "09:00 a, running for 42 min, usually 10 min"


def test_lateness_is_a_line_from_the_promise_to_the_run() -> None:
    plan("a", "")
    stored_runs(run_record(1, NINE), run_record(2, NINE + HOUR / 2))
    slot(NINE - 10 * MINUTE, "late", run_id=f"drun_{1:032x}", late_s=600)
    slot(NINE + HOUR / 2, "on time", run_id=f"drun_{2:032x}", late_s=2)
    first, second = bars()
    assert (first.text, first.late) == ("09:00 a, completed after 17 s, 10 min late", "M530 12H540")
    assert (second.text, second.late) == ("09:30 a, completed after 17 s", "")


@pytest.mark.parametrize(
    ("began", "lasted", "drawn"),
    [
        (timedelta(seconds=20), timedelta(seconds=30), True),
        (10 * MINUTE, 11 * MINUTE, True),
        (2 * HOUR, 2 * HOUR + MINUTE, True),
        (5 * HOUR, 6 * HOUR, True),
        (40 * HOUR, 41 * HOUR, True),
        (10 * MINUTE, 9 * MINUTE, False),
        (5 * HOUR, 4 * HOUR, False),
    ],
)
def test_a_run_that_began_before_the_day_is_drawn_if_it_goes_on_in_it(
    began: timedelta, lasted: timedelta, drawn: bool
) -> None:
    plan("a", "")
    stored_runs(run_record(1, TODAY - began, duration_ms=lasted / timedelta(milliseconds=1)))
    texts = bars_of(shown("view=day"))
    assert len(texts) == drawn
    if drawn:
        (bar,) = bars()
        assert bar.path.startswith("M0 6h")
        assert bar.text.startswith(f"{TODAY - began:%a %-d %b %H:%M} a, completed after")


def test_a_run_that_began_before_the_day_and_goes_on_ends_now() -> None:
    plan("a", "")
    stored_runs(run_record(1, TODAY - 50 * DAY, "running"), run_record(2, TODAY - DAY, "pending"))
    (bar,) = bars(now=TODAY + 9 * HOUR)
    assert (bar.kind, bar.path) == ("running", "M0 6h540v12h-540z")
    assert bars_of(shown("view=day&date=2026-06-17", TODAY + 9 * HOUR)) == []


def test_a_firing_to_come_that_begins_before_these_hours_goes_on_in_them() -> None:
    stored_deployments(scheduled("a", "30 23 * * *", TODAY + 23.5 * HOUR), scheduled("b", "40 23 * * *"))
    usually(HOUR)
    assert bars_of(shown("view=day&date=2026-06-17&to=1")) == [
        "Tue 16 Jun 23:30 a, promised, usually 1 h",
        "Tue 16 Jun 23:40 b, projected from its schedule, not promised yet, usually 1 h",
    ]
    usually(10 * MINUTE)
    assert bars_of(shown("view=day&date=2026-06-17&to=1")) == []
    assert bars_of(shown("view=day&to=1")) == []  # what is over is not to come


def test_a_day_of_25_hours_has_each_of_them() -> None:
    plan("a", "")
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    runs = [run_record(n, midnight + n * HOUR, duration_ms=60_000) for n in range(24)]
    stored_runs(*runs, now=midnight + 2 * DAY)
    drawn = bars("date=2026-10-25", midnight + 2 * DAY, BERLIN)
    assert [bar.text[:5] for bar in drawn[:5]] == ["00:00", "01:00", "02:00", "02:00", "03:00"]
    assert len({bar.path for bar in drawn}) == 24


def test_each_jobs_own_clock_places_its_bars() -> None:
    stored_deployments(scheduled("berlin", "", zone=BERLIN), scheduled("utc", ""))
    at = datetime(2026, 6, 15, 23, tzinfo=UTC)  # 01:00 on the 16th in Berlin, and still the 15th in UTC
    stored_runs(*(run_record(n, at, deployment_id=f"dep_{key}") for n, key in enumerate(("berlin", "utc"))))
    assert bars_of(shown("view=day&tz=job")) == ["01:00 berlin, completed after 17 s"]
    assert bars("tz=job")[0].path.startswith("M60 6")
    assert bars_of(shown("view=day&tz=job&date=2026-06-15")) == ["23:00 utc, completed after 17 s"]


def test_a_long_name_is_shortened_in_its_bars_alone() -> None:
    plan("a", "", name="n" * 300)
    stored_runs(run_record(1, NINE))
    assert len(lane_of(shown("view=day")).name) == 300
    assert len(bars()[0].text) < 120


def test_a_promise_of_a_stale_feed_stays_a_promise() -> None:
    plan("a", "0 9 * * *")
    slot(NINE, "due")
    (past, coming) = bars("date=2026-06-16", NINE + HOUR)[:1], bars("date=2026-06-17", NINE + HOUR)
    assert [bar.kind for bar in (*past, *coming)] == ["due", "projected"]
