"""Edges of the calendar: the ends of time, of a promise, of a watch; and links that lead to exactly that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict

from dashboard import filters
from dashboard.domain.cron import Schedule
from dashboard.models import Run, Tally, Watch
from dashboard.services.calendar import events
from dashboard.services.runs import list as run_list
from dashboard.services.status.snapshot import Snapshot
from tests.calendars import day_of, plan, scheduled, shown, slot
from tests.factories import NOW, Record, run_record, stored_deployments, stored_runs
from tests.vocabulary import Words

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TODAY = NOW.replace(hour=0, minute=0)
BERLIN, SHANGHAI = "Europe/Berlin", "Asia/Shanghai"


def led_to(url: str) -> list[str]:
    """The runs that a link to the list of runs shows."""
    query = filters.runs(QueryDict(urlsplit(url).query), Words())
    assert not query.ignored
    assert query.here == url
    return [row.id for row in run_list.list_runs(query.with_values(limit="200"), Snapshot(NOW)).rows]


@pytest.mark.parametrize("view", ["week", "month", "clashes", "day"])
@pytest.mark.parametrize("expression", ["0 9 * * *", "*/5 * * * *"])
def test_a_promise_at_the_end_of_time_breaks_no_view(view: str, expression: str) -> None:
    plan("a", expression, datetime(9999, 12, 31, 23, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC))
    assert shown(f"view={view}", zone=SHANGHAI).days


@pytest.mark.parametrize("view", ["week", "month"])
def test_a_late_run_is_counted_once_as_a_run_and_once_as_late(view: str) -> None:
    plan("a", "0 9 * * *")
    stored_runs(run_record(1, TODAY + 9 * HOUR + 5 * MINUTE))
    slot(TODAY + 9 * HOUR, "late", run_id=f"drun_{1:032x}", late_s=300)
    page = shown(f"view={view}")
    counts = day_of(page, "2026-06-16").counts
    assert (counts.completed, counts.late, counts.other) == (1, 1, 0)
    assert page.summary.startswith("1 run, 1 late so far")


@pytest.mark.parametrize("view", ["week", "month"])
def test_a_promise_first_read_after_its_run_is_not_said_to_be_unseen(view: str) -> None:
    plan("a", "0 9 * * *", TODAY + 9 * HOUR)
    stored_runs(run_record(1, TODAY + 9 * HOUR + timedelta(seconds=4)))
    entries = day_of(shown(f"view={view}"), "2026-06-16").entries
    assert [entry.state for entry in entries if entry.state in ("unobserved", "completed")] == ["completed"]


@pytest.mark.parametrize(
    ("expression", "zone", "after", "before"),
    [
        ("*/10 * * * *", "UTC", TODAY + 10 * HOUR, TODAY + 12 * HOUR),
        ("*/10 * * * *", "UTC", TODAY + 10 * HOUR + 25 * MINUTE, TODAY + 10 * HOUR + 55 * MINUTE),
        ("*/10 * * * *", "UTC", TODAY + 10 * HOUR + 25 * MINUTE, TODAY + 13 * HOUR + 20 * MINUTE),
        ("50 * * * *", "UTC", TODAY + 10 * HOUR + 25 * MINUTE, TODAY + 40 * HOUR),
        *(
            (
                expression,
                BERLIN,
                datetime(2026, month, day, tzinfo=UTC),
                datetime(2026, month, day + 3, tzinfo=UTC),
            )
            for expression in ("* 2 * * *", "15,45 0-23 * * *", "*/30 1-8 * * *", "*/5 * * * *")
            for month, day in ((3, 28), (10, 24))
        ),
    ],
)
def test_what_is_counted_by_the_hour_is_what_fires(
    expression: str, zone: str, after: datetime, before: datetime
) -> None:
    schedule = Schedule(expression, zone)
    fires = list(schedule.between(after, before))
    assert sum(number for _, number in schedule.hours(after, before)) == len(fires)


def test_a_bar_on_the_day_of_23_hours_leads_to_the_runs_of_its_hour() -> None:
    plan("a", "*/5 * * * *", zone=BERLIN)
    nine = datetime(2026, 3, 29, 7, 10, tzinfo=UTC)  # 09:10 in Berlin, whose clocks went forward at 02:00
    Run.objects.all().delete()
    stored_runs(run_record(1, nine), now=nine)
    page = shown("date=2026-03-29&view=day", zone=BERLIN)
    assert page.hum
    (bar,) = [bar for bar in page.hum.days[0].bars if bar.done]
    assert bar.text.startswith("09:00")
    assert parse_qs(urlsplit(bar.url).query)["since"] == ["2026-03-29T07:00:00Z"]
    assert led_to(bar.url) == [f"drun_{1:032x}"]
    assert parse_qs(urlsplit(page.hum.days[0].bars[23].url).query)["until"] == ["2026-03-29T22:00:00Z"]


def test_a_chip_on_a_jobs_own_clock_leads_to_its_runs_of_that_day() -> None:
    plan("a", "0 1 * * *", zone=SHANGHAI)
    stored_runs(run_record(1, TODAY - 7 * HOUR))  # 01:00 on the 16th in Shanghai
    (entry,) = [
        it for it in day_of(shown("view=month&tz=job"), "2026-06-16").entries if it.state == "completed"
    ]
    assert led_to(entry.url) == [f"drun_{1:032x}"]


def test_a_days_link_holds_the_filters() -> None:
    stored_deployments(scheduled("a", "0 9 * * *"), scheduled("b", "0 9 * * *"))
    stored_runs(run_record(1, TODAY + HOUR), run_record(2, TODAY + HOUR, deployment_id="dep_b"))
    assert led_to(day_of(shown("q=dep_b"), "2026-06-16").runs_url) == [f"drun_{2:032x}"]


def test_a_chip_of_good_and_bad_counts_all_of_them() -> None:
    plan("a", "0 */4 * * *")
    bad = run_record(9, TODAY, "failed")
    stored_runs(bad, *(run_record(n, TODAY + n * HOUR) for n in range(1, 8)))
    (entry,) = [it for it in day_of(shown("view=month"), "2026-06-16").entries if it.state == "failed"]
    assert (entry.count, entry.failed) == (8, 1)
    assert len(led_to(entry.url)) == 8


def test_a_clash_leads_to_its_day_with_zone_and_filters_kept() -> None:
    stored_deployments(*(scheduled(key, "0 9 * * *", NOW + DAY) for key in "abc"))
    (clash,) = [
        it for it in shown("view=clashes&tz=Asia%2FShanghai&status=active").clashes if it.at == NOW + DAY
    ]
    assert clash.url == "/calendar/?view=day&date=2026-06-17&tz=Asia%2FShanghai&status=active"


def test_a_gap_in_watching_that_reaches_beyond_the_days_is_told() -> None:
    Watch.objects.create(account="default", since=TODAY - 9 * DAY, until=TODAY - 8 * DAY)
    Watch.objects.create(account="default", since=TODAY + 8 * HOUR, until=NOW)
    Watch.objects.create(account="other", since=TODAY - 20 * DAY, until=TODAY - 20 * DAY)
    (note,) = shown("view=day").watch_notes
    assert note == "not watched from Mon 8 Jun 00:00 to Tue 16 Jun 08:00: slots then are not seen"


def test_what_moved_is_told_of_the_deployments_that_are_shown() -> None:
    plan("a", "0 9 * * *", NOW + DAY)
    plan("b", "0 9 * * *", NOW + DAY)
    slot(TODAY, "withdrawn", "a", reason="moved")
    for n in range(1, 7):
        slot(TODAY + n * HOUR, "withdrawn", "b", reason="moved", moved_to=NOW)
    (fact,) = shown("q=dep_a").facts
    assert fact.text.endswith("away, nothing ran")


def test_a_deployment_without_a_name_is_told_by_its_id() -> None:
    stored_deployments(scheduled("a", "0 9 * * *", name=""))
    (fact,) = shown().facts
    assert fact.text.startswith("dep_a is active")


def test_a_place_in_a_list_means_nothing_to_a_calendar() -> None:
    page = shown("cursor=xyz")
    assert [ignored.name for ignored in page.filter.ignored] == ["cursor"]
    assert "cursor" not in page.url


def test_what_is_not_drawn_is_counted_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST", 2)
    plan("a", "")
    stored_runs(*(run_record(n, TODAY + n * MINUTE, "failed" if n else "completed") for n in range(5)))
    day = day_of(shown(), "2026-06-16")
    assert (len(day.entries), day.counts.completed, day.counts.failed) == (2, 1, 4)


def test_many_chips_of_a_month_are_not_said_to_be_too_many_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST", 2)
    stored_deployments(*(scheduled(f"{n}", "") for n in range(6)))
    stored_runs(*(run_record(n, TODAY, deployment_id=f"dep_{n}") for n in range(6)))
    page = shown("view=month")
    assert page.watch_notes == ()
    day = day_of(page, "2026-06-16")
    assert (len(day.entries), day.more) == (4, 2)


def test_a_promise_that_the_ledger_holds_is_told_once_however_much_it_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan("a", "0 9 * * *", TODAY + 9 * HOUR)
    for n in range(4):
        slot(TODAY + n * HOUR, "on time")
    slot(TODAY + 9 * HOUR, "on time")
    monkeypatch.setattr(events, "MOST", 2)
    assert [it.state for it in day_of(shown(), "2026-06-16").entries] == []


def test_it_says_so_when_not_everything_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST", 2)
    plan("a", "0 9 * * *")
    stored_runs(*(run_record(n, TODAY + n * MINUTE) for n in range(3)))
    assert any("not all of them are drawn" in note for note in shown().watch_notes)


def plan_of_sixty(number: int) -> Record:
    expression = "*/5 * * * *" if number < 60 else "0 9 * * *"
    archived = {"archived_at": "2026-06-16T09:30:00Z"} if number % 60 < 2 else {}
    return scheduled(f"{number:03}", expression, agent={"id": f"agent_{number % 2}"}) | archived


@pytest.fixture
def sixty() -> None:
    """Sixty deployments that fire often, sixty that do not, two of each archived; a run of each at nine."""
    stored_deployments(*(plan_of_sixty(number) for number in range(120)))
    stored_runs(*(run_record(n, TODAY + 9 * HOUR, deployment_id=f"dep_{n:03}") for n in range(120)))


@pytest.mark.usefixtures("sixty")
@pytest.mark.parametrize(
    ("query", "often", "rare"),
    [
        ("", range(2, 60), range(62, 120)),
        ("agent_id=agent_1", range(3, 60, 2), range(63, 120, 2)),
        ("include_archived=true", range(60), range(60, 120)),
        ("include_archived=true&agent_id=agent_0", range(0, 60, 2), range(60, 120, 2)),
        ("health=archived", range(2), range(60, 62)),
        ("q=dep_00", range(2, 10), ()),
        ("status=active&frequent=true", range(2, 60), ()),
        ("frequent=false", (), range(62, 120)),
        ("health=failing", (), ()),
    ],
)
def test_links_lead_to_the_runs_of_exactly_the_deployments_that_are_shown(
    query: str, often: Sequence[int], rare: Sequence[int]
) -> None:
    page = shown(f"view=day&{query}")
    assert led_to(page.days[0].runs_url) == ids([*often, *rare])
    assert bool(page.hum) == bool(often)
    if page.hum:
        assert led_to(page.hum.days[0].url) == led_to(page.hum.days[0].bars[9].url) == ids(often)
        assert led_to(page.hum.days[0].bars[10].url) == []


def ids(numbers: Sequence[int]) -> list[str]:
    """The ids of runs with those numbers, as a list has them, newest first."""
    return [f"drun_{number:032x}" for number in sorted(numbers, reverse=True)]


@pytest.mark.usefixtures("sixty")
def test_what_a_list_of_runs_is_asked_of_deployments_is_a_filter_like_others() -> None:
    query = filters.runs(
        QueryDict("deployment_frequent=true&deployment_health=ok&deployment_health=ill&deployment_q=dep_00"),
        Words(),
    )
    assert [chip.name for chip in query.chips] == ["deployment_q", "deployment_health", "deployment_frequent"]
    assert [ignored.value for ignored in query.ignored] == ["ill"]
    assert [row.id for row in run_list.list_runs(query, Snapshot(NOW)).rows] == ids(range(2, 10))


def test_tallies_follow_runs_that_are_let_go_of_a_few_at_a_time(db: None) -> None:
    from dashboard.services.sync import store

    kept = stored_runs(*(run_record(n, TODAY + n * MINUTE) for n in range(20)))
    store.change_tallies("default", [], kept[:5])
    assert sum(Tally.objects.values_list("number", flat=True)) == 15
