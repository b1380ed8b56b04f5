"""What a cell draws, what it counts, and where its link leads: equal to a count of every run and slot."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.cron import Schedule
from dashboard.models import Deployment, Run, Slot, Tally
from dashboard.services.calendar import cells
from dashboard.services.calendar.entries import HourRow
from dashboard.services.calendar.state_words import rank
from dashboard.services.calendar.view_models import CalendarPage
from tests.calendars import day_of, plan, scheduled, shown, slot
from tests.factories import NOW, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TODAY = NOW.replace(hour=0, minute=0)


def hour_of(page: CalendarPage, day: str, hour: int) -> HourRow:
    """One hour of one of its days."""
    [match] = [row for row in day_of(page, day).hours if row.hour == hour]
    return match


def test_an_hour_of_a_week_draws_four_with_failures_first_and_counts_the_rest() -> None:
    stored_deployments(*(scheduled(f"{n:02}", "") for n in range(20)))
    for n in range(20):
        status = "failed" if n in (3, 7, 9, 12, 14, 19) else "completed"
        stored_runs(run_record(n, TODAY + HOUR + n * MINUTE, status, deployment_id=f"dep_{n:02}"))
    row = hour_of(shown(), "2026-06-16", 1)
    assert [entry.name for entry in row.entries.earlier] == ["03", "07", "09", "12"]
    assert row.rest is not None
    assert (row.rest.text, row.rest.when) == ("+16 (2 failed)", "01:00")
    assert row.rest.title == "Tue 16 Jun 01:00, 16 more: 2 failed, 14 completed"
    span = "since=2026-06-16T01%3A00%3A00Z&until=2026-06-16T02%3A00%3A00Z"
    assert row.rest.url == f"/runs/?deployment_frequent=false&{span}"


@pytest.mark.parametrize(("most", "drawn"), [(9, 3), (8, 2), (2, 1), (99, 4)])
def test_full_cells_share_the_room_of_a_page(monkeypatch: pytest.MonkeyPatch, most: int, drawn: int) -> None:
    monkeypatch.setattr(cells, "MOST_OF_A_PAGE", most)
    plan("a", "")
    stored_runs(*(run_record(n, TODAY + n % 3 * HOUR + n * MINUTE) for n in range(15)))
    page = shown()
    assert [len(row.entries.earlier) for row in day_of(page, "2026-06-16").hours[:3]] == [drawn] * 3


def test_an_hour_to_come_leads_to_the_lanes_of_that_hour() -> None:
    stored_deployments(*(scheduled(f"{n}", f"{n} 20 * * *") for n in range(6)))
    row = hour_of(shown("q=dep"), "2026-06-17", 20)
    assert row.rest is not None
    assert (row.rest.text, row.rest.url) == ("+2", "/calendar/?view=day&date=2026-06-17&from=20&to=21&q=dep")


def test_an_hour_of_several_clocks_leads_to_its_lanes() -> None:
    plan("a", "")
    stored_runs(*(run_record(n, TODAY + HOUR + n * MINUTE) for n in range(6)))
    rest = hour_of(shown("tz=job"), "2026-06-16", 1).rest
    assert rest is not None
    assert rest.url == "/calendar/?view=day&date=2026-06-16&from=1&to=2&tz=job"


def test_an_agenda_shares_its_room_between_its_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST_OF_A_PAGE", 4)
    plan("a", "")
    stored_runs(*(run_record(n, TODAY + n * HOUR, "failed" if n == 6 else "completed") for n in range(9)))
    day = day_of(shown("view=agenda"), "2026-06-16")
    assert [entry.hour for entry in day.entries.earlier] == [0, 1, 2, 6]
    assert day.rest is not None
    assert (day.rest.text, day.rest.url) == ("+5", "/calendar/?view=day&date=2026-06-16")


def test_several_runs_of_one_quarter_of_an_hour_are_drawn_one_by_one() -> None:
    plan("a", "")
    stored_runs(*(run_record(n, TODAY + n * MINUTE) for n in range(6)))
    row = hour_of(shown(), "2026-06-16", 0)
    assert [entry.minute_text for entry in row.entries.earlier] == [":00", ":01", ":02", ":03"]
    assert row.rest is not None
    assert row.rest.text == "+2"


# Against a count of everything there is.

ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"])
STARTS = st.sampled_from(
    [NOW, datetime(2026, 3, 29, 3, tzinfo=NOW.tzinfo), datetime(2026, 4, 4, tzinfo=NOW.tzinfo)]
)
RUNS = st.lists(
    st.tuples(
        st.integers(-80 * 60, 0),  # minutes from now
        st.sampled_from(["completed", "completed", "failed", "skipped", "odd"]),
        st.integers(0, 3),
    ),
    max_size=40,
)
SLOTS = st.lists(
    st.tuples(
        st.integers(-80 * 60, 0),
        st.sampled_from(["missed", "unobserved", "withdrawn", "on time"]),
        st.integers(0, 3),
    ),
    max_size=15,
    unique_by=lambda drawn: (drawn[0], drawn[2]),
)


def held(zone: ZoneInfo, now: datetime) -> dict[tuple[date, int], Counter[str]]:
    """Every run, every slot without one and every firing of the next two weeks, by day and hour."""
    everything = [(run.at, run.status) for run in Run.objects.all()]
    met = ("on time", "late", "skipped", "running")
    everything += [(kept.at, kept.outcome) for kept in Slot.objects.all() if kept.outcome not in met]
    for row in Deployment.objects.all():
        fires = Schedule(row.expression, row.timezone).between(now, now + 14 * DAY)
        everything += [(at, "projected") for at in fires]
    cells_of: dict[tuple[date, int], Counter[str]] = {}
    for at, state in everything:
        local = at.astimezone(zone)
        cells_of.setdefault((local.date(), local.hour), Counter())[state] += 1
    return cells_of


@given(ZONES, STARTS, RUNS, SLOTS, st.sampled_from([5, 40, 300]))
def test_every_cell_is_the_count_of_what_lies_in_it(
    zone: str,
    now: datetime,
    runs: list[tuple[int, str, int]],
    slots: list[tuple[int, str, int]],
    most: int,
) -> None:
    for model in (Deployment, Run, Slot, Tally):
        model.objects.all().delete()
    stored_deployments(*(scheduled(f"{n}", f"{n} */{n + 5} * * *", zone="Europe/Berlin") for n in range(4)))
    stored_runs(
        *(
            run_record(n, now + minute * MINUTE, status, deployment_id=f"dep_{key}")
            for n, (minute, status, key) in enumerate(runs)
        )
    )
    for minute, outcome, key in slots:
        slot(now + minute * MINUTE, outcome, f"{key}")
    expected = held(ZoneInfo(zone), now)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cells, "MOST_OF_A_PAGE", most)
        page = shown("", now, zone)
    for day in page.days:
        drawn_hours = {row.hour: row for row in day.hours}
        for hour in range(24):
            wanted = expected.get((date.fromisoformat(day.date), hour), Counter())
            row = drawn_hours.get(hour)
            entries = [*row.entries.earlier, *row.entries.later] if row else []
            assert _number(row) + len(entries) == wanted.total()
            states = Counter("odd" if entry.state == "unknown" else entry.state for entry in entries)
            assert states <= wanted
            assert _no_more_urgent(wanted - states, states)
        of_day = [states for (when, _), states in expected.items() if when.isoformat() == day.date]
        every = sum(of_day, Counter())
        assert (day.totals.failed, day.totals.missed) == (every["failed"], every["missed"])
        assert (day.totals.completed, day.totals.projected) == (every["completed"], every["projected"])


def _number(row: HourRow | None) -> int:
    """How many a row does not draw, as its link says."""
    return int(row.rest.text.split()[0]) if row and row.rest else 0


def _no_more_urgent(left: Counter[str], drawn: Counter[str]) -> bool:
    """Whether nothing that is left is more urgent than anything that is drawn."""
    return not left or not drawn or min(map(rank, left)) >= max(map(rank, drawn))
