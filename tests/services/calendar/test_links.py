"""Links of the calendar lead to exactly the runs that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict

from dashboard import filters
from dashboard.models import Run
from dashboard.services.runs import list as run_list
from dashboard.services.status.snapshot import Snapshot
from tests.calendars import day_of, density_of, drawn, plan, scheduled, shown
from tests.factories import NOW, Record, run_record, stored_deployments, stored_runs
from tests.vocabulary import Words

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
TODAY = NOW.replace(hour=0, minute=0)
BERLIN = "Europe/Berlin"
SHANGHAI = "Asia/Shanghai"


def runs_behind(url: str) -> list[str]:
    """The runs that a link to the list of runs shows."""
    query = filters.runs(QueryDict(urlsplit(url).query), Words())
    assert not query.ignored
    assert query.here == url
    return [row.id for row in run_list.list_runs(query.with_values(limit="200"), Snapshot(NOW)).rows]


def test_a_bar_on_the_day_of_23_hours_leads_to_the_runs_of_its_hour() -> None:
    plan("a", "*/5 * * * *", zone=BERLIN)
    nine = datetime(2026, 3, 29, 7, 10, tzinfo=UTC)  # 09:10 in Berlin, whose clocks went forward at 02:00
    Run.objects.all().delete()
    stored_runs(run_record(1, nine), now=nine)
    page = shown("date=2026-03-29", zone=BERLIN)
    density = density_of(day_of(page, "2026-03-29"))
    (bar,) = [bar for bar in density.bars if drawn(bar, "done")]
    assert bar.text.startswith("09:00")
    assert parse_qs(urlsplit(bar.url).query)["since"] == ["2026-03-29T07:00:00Z"]
    assert runs_behind(bar.url) == [f"drun_{1:032x}"]
    assert parse_qs(urlsplit(density.bars[23].url).query)["until"] == ["2026-03-29T22:00:00Z"]


@pytest.mark.parametrize(
    ("zone", "day", "hour", "before"),
    [
        ("America/Santiago", "2026-09-06", 0, datetime(2026, 9, 6, 3, 30, tzinfo=UTC)),
        (BERLIN, "2026-03-29", 2, datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
    ],
)
def test_an_hour_that_the_clocks_leave_out_leads_to_no_run(
    zone: str, day: str, hour: int, before: datetime
) -> None:
    plan("a", "*/5 * * * *", zone=zone)
    stored_runs(*(run_record(n, before + n * HOUR / 2) for n in range(4)), now=before)
    density = density_of(day_of(shown(f"date={day}", before, zone), day))
    assert runs_behind(density.bars[hour].url) == []
    assert sum(len(runs_behind(bar.url)) for bar in density.bars) == len(runs_behind(density.url))


def test_a_chip_on_the_deployments_clock_leads_to_its_runs_of_that_day() -> None:
    plan("a", "0 1 * * *", zone=SHANGHAI)
    stored_runs(run_record(1, TODAY - 7 * HOUR))  # 01:00 on the 16th in Shanghai
    (entry,) = [
        entry
        for entry in day_of(shown("view=month&tz=job"), "2026-06-16").entries.earlier
        if entry.state == "completed"
    ]
    assert runs_behind(entry.url) == [f"drun_{1:032x}"]


def test_a_days_link_holds_the_filters() -> None:
    stored_deployments(scheduled("a", "0 9 * * *"), scheduled("b", "0 9 * * *"))
    stored_runs(run_record(1, TODAY + HOUR), run_record(2, TODAY + HOUR, deployment_id="dep_b"))
    assert runs_behind(day_of(shown("q=dep_b"), "2026-06-16").runs_url) == [f"drun_{2:032x}"]


def test_a_chip_of_good_and_bad_counts_all_of_them() -> None:
    plan("a", "0 */4 * * *")
    bad = run_record(9, TODAY, "failed")
    stored_runs(bad, *(run_record(n, TODAY + n * HOUR) for n in range(1, 8)))
    (entry,) = [
        entry
        for entry in day_of(shown("view=month"), "2026-06-16").entries.earlier
        if entry.state == "failed"
    ]
    assert entry.count_text == "1 of 8"
    assert len(runs_behind(entry.url)) == 8


def plan_of_sixty(number: int) -> Record:
    expression = "*/5 * * * *" if number < 60 else "0 9 * * *"
    archived = {"archived_at": "2026-06-16T09:30:00Z"} if number % 60 < 2 else {}
    return scheduled(f"{number:03}", expression, agent={"id": f"agent_{number % 2}"}) | archived


@pytest.fixture
def sixty() -> None:
    """Sixty deployments that fire frequently, sixty that do not, two of each archived; a run each at nine."""
    stored_deployments(*(plan_of_sixty(number) for number in range(120)))
    stored_runs(*(run_record(n, TODAY + 9 * HOUR, deployment_id=f"dep_{n:03}") for n in range(120)))


@pytest.mark.usefixtures("sixty")
@pytest.mark.parametrize(
    ("query", "frequent", "infrequent"),
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
def test_links_lead_to_runs_of_exactly_the_deployments_in_view(
    query: str, frequent: Sequence[int], infrequent: Sequence[int]
) -> None:
    page = shown(query)
    today = day_of(page, "2026-06-16")
    assert runs_behind(today.runs_url) == ids([*frequent, *infrequent])
    assert bool(page.density) == bool(frequent)
    if density := today.density:
        assert runs_behind(density.url) == runs_behind(density.bars[9].url) == ids(frequent)
        assert runs_behind(density.bars[10].url) == []


def ids(numbers: Sequence[int]) -> list[str]:
    """The ids of runs with those numbers, as a list has them, newest first."""
    return [f"drun_{number:032x}" for number in sorted(numbers, reverse=True)]


@pytest.mark.usefixtures("sixty")
def test_deployment_filters_of_the_runs_list_are_chips_like_others() -> None:
    query = filters.runs(
        QueryDict(
            "deployment_frequent=true&deployment_health=silent&deployment_health=ill&deployment_q=dep_00"
        ),
        Words(),
    )
    assert [chip.name for chip in query.chips] == ["deployment_q", "deployment_health", "deployment_frequent"]
    assert [ignored.value for ignored in query.ignored] == ["ill"]
    assert [row.id for row in run_list.list_runs(query, Snapshot(NOW)).rows] == ids(range(2, 10))
