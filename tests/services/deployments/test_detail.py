"""The page of one deployment: every figure against one counted by hand, and records of every shape."""

from __future__ import annotations

import random
import statistics
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.domain.records import InitialEvent
from dashboard.models import Gap, Slot
from dashboard.services.cloud.accounts import Account
from dashboard.services.deployments import detail as module
from dashboard.services.deployments.detail import DeploymentPage, deployment_page, find
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.sync import rollups
from tests.factories import NOW, Record, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BY_HAND: Record = {"status": "paused", "paused_reason": {"type": "manual"}}


def stated(now: datetime = NOW, **changes: Any) -> DeploymentPage:
    """The page of a deployment whose record says that."""
    stored_deployments(deployment_record(**changes))
    snapshot, detail = Snapshot(now), find("dep_a")
    assert detail is not None
    return deployment_page(detail, snapshot)


def facts(page: DeploymentPage) -> dict[str, Any]:
    return {fact.label: fact.value for fact in page.facts}


def cron(expression: str, zone: str = "UTC", *promised: datetime) -> Record:
    texts = [at.isoformat() for at in promised]
    return {"expression": expression, "timezone": zone, "upcoming_runs_at": texts}


def test_a_deployment_that_was_never_read_is_none() -> None:
    assert find("dep_a") is None


# -- Figures ----------------------------------------------------------------------------------------


def history(number: int = 300) -> list[Record]:
    """Runs at random over five weeks, durations and outcomes at random."""
    chance = random.Random(17)  # noqa: S311
    runs = []
    for n in range(number):
        status = chance.choice(("completed", "completed", "failed", "skipped", "running"))
        elapsed = {"duration_ms": chance.randrange(1, 10**6)} if status == "completed" else {}
        at = NOW - timedelta(seconds=chance.randrange(35 * 86_400))
        runs.append(run_record(n, at, status, **elapsed))
    return runs


def test_the_success_rate_is_completed_of_finished_over_each_span() -> None:
    live()
    runs = history()
    stored_runs(*runs, run_record(900, NOW, deployment_id="dep_b"))
    stored_runs(run_record(901, NOW), account="other")
    for rate, length in zip(stated().rates, (DAY, 7 * DAY, 30 * DAY), strict=True):
        words = [run["status"] for run in runs if datetime.fromisoformat(run["triggered_at"]) >= NOW - length]
        completed, failed = words.count("completed"), words.count("failed")
        assert rate.basis == f"{completed:,} of {completed + failed:,}"
        assert float(rate.share.split()[0]) == pytest.approx(100 * completed / (completed + failed), abs=0.05)
        assert rate.reach == "all read"


def test_the_middle_and_the_long_end_are_those_of_the_last_sixty_finished_runs() -> None:
    runs = history()
    stored_runs(*runs)
    plot = stated().plot
    assert plot is not None
    finished = [run for run in runs if run["status"] in ("completed", "failed")]
    latest = sorted(finished, key=lambda run: datetime.fromisoformat(run["triggered_at"]))[-60:]
    lasted = sorted(run["duration_ms"] for run in latest if run["status"] == "completed")
    longest = next(row for row in lasted if 100 * sum(x <= row for x in lasted) >= 95 * len(lasted))
    top = max([*lasted, 18_000])  # a failed one is timed from its creation to its end
    assert plot.median_y == round(160 * (1 - round(statistics.median(lasted)) / top))
    assert plot.p95_y == round(160 * (1 - longest / top))
    assert len(plot.points) == 60


def test_rates_say_how_far_back_they_reach_and_nothing_where_nothing_finished() -> None:
    live()
    Gap.objects.create(account="default", from_at=NOW - 2 * DAY, until_at=NOW - 90 * DAY)
    stored_runs(run_record(1, NOW - 3 * DAY, "skipped"))
    result = stated()
    assert [rate.reach for rate in result.rates] == ["all read", *["read back to 14 Jun 09:42"] * 2]
    assert {(rate.share, rate.basis) for rate in result.rates} == {("", "0 of 0")}
    assert result.reach == "complete since 14 Jun 09:42"


def test_a_deployment_of_an_account_that_is_not_configured_says_so() -> None:
    stored_deployments(deployment_record("z"), account="gone")
    detail = find("dep_z")
    assert detail is not None
    page = deployment_page(detail, Snapshot(NOW))
    assert page.reach == "of an account that is not configured any more"
    assert {rate.reach for rate in page.rates} == {"nothing read yet"}


def test_runs_that_were_suspiciously_fast_are_named_newest_first() -> None:
    lasted = [60_000, 1_000, 60_000, 60_000, 2_000, 60_000, 60_000]
    stored_runs(*(run_record(n, NOW - n * HOUR, duration_ms=ms) for n, ms in enumerate(lasted)))
    result = stated()
    assert [quick.duration for quick in result.fast] == ["1 s", "2 s"]


def test_a_suspiciously_fast_run_is_linked_within_its_account(settings: Any, account: Account) -> None:
    settings.ACCOUNTS = (account, Account("other", "", "", "", lambda: ""))
    for name in ("default", "other"):
        stored_runs(*(run_record(n, NOW - n * HOUR, duration_ms=60_000) for n in range(6)), account=name)
    stored_deployments(deployment_record(), account="other")
    stored_runs(run_record(1, NOW - HOUR, duration_ms=1_000), account="other")
    deployment = find("dep_a", "other")
    assert deployment is not None
    [quick] = deployment_page(deployment, Snapshot(NOW)).fast
    assert quick.url == f"/runs/drun_{1:032x}/?account=other"


def test_changes_of_the_version_are_shown_newest_first() -> None:
    agents = [{"agent": {"id": "agent_a", "version": version}} for version in (2, 1)]
    stored_runs(
        *(run_record(n, NOW - n * HOUR, "failed", **agents[0]) for n in range(6)),
        *(
            run_record(n, NOW - n * HOUR, "skipped" if n == 9 else "completed", **agents[1])
            for n in range(6, 14)
        ),
    )
    result = stated()
    [change] = result.changes
    assert (change.before.failed, change.before.finished) == (0, 7)
    assert (change.after.failed, change.after.finished, change.after.since) == (6, 6, NOW - 5 * HOUR)
    assert change.worse
    assert result.looked_at == 14


@pytest.mark.parametrize(
    ("late", "text"),
    [
        ([], ""),
        ([3], "3 s usual, 3 s at worst, 1 slot in 7 d"),
        ([0, 4, 200], "4 s usual, 3 min 20 s at worst, 3 slots in 7 d"),
    ],
)
def test_how_late_its_runs_start_is_shown_from_its_slots(late: list[int], text: str) -> None:
    places = [("on time", n, row) for n, row in enumerate(late)]
    for outcome, hours, seconds in [*places, ("missed", 50, 0), ("skipped", 51, 900), ("on time", 200, 900)]:
        Slot.objects.create(
            account="default",
            deployment_id="dep_a",
            at=NOW - hours * HOUR,
            outcome=outcome,
            late_s=seconds,
            seen_at=NOW,
        )
    assert stated().punctual == text


# -- Paused, and what comes next --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, ""),
        (BY_HAND | {"archived_at": "2026-06-10T00:00:00Z"}, ""),
        ({"status": "draining"}, ""),
        (BY_HAND, "Paused by hand"),
        ({"status": "paused"}, "Paused for a reason that is not reported"),
        ({"status": "paused", "paused_reason": {"type": "budget"}}, "Paused for the reason budget"),
        ({"status": "paused", "paused_reason": {"type": "error"}}, "Paused by an error"),
        (
            {"status": "paused", "paused_reason": {"type": "error", "error": {"type": "credential_error"}}},
            "Paused by an error, credential_error",
        ),
    ],
)
def test_why_and_since_when_it_is_paused(changes: Record, text: str) -> None:
    paused = stated(updated_at="2026-06-16T09:30:00Z", **changes).paused
    since = ", since Tue 16 Jun 09:30 at the latest, when it was last changed" if text else ""
    assert paused == text + since


def test_a_pause_whose_beginning_is_not_reported_is_still_reported() -> None:
    assert stated(updated_at=None, **BY_HAND).paused == "Paused by hand, since when is not known"


@pytest.mark.parametrize(
    ("schedule", "cost"),
    [
        (cron("30 9 * * *"), "; 1 slot of its schedule went by"),
        (cron("0 * * * *"), "; 24 slots of its schedule went by"),
        (cron("0 9 1 1 *"), ""),
        (cron("not a cron"), ""),
        (cron("0 0 30 2 *"), ""),  # never
        (cron("* * * * *", "Mars/Olympus"), ""),
        (None, ""),
    ],
)
def test_a_pause_says_how_many_slots_went_by(schedule: Record | None, cost: str) -> None:
    paused = stated(schedule=schedule, updated_at="2026-06-15T09:42:00Z", **BY_HAND).paused
    assert paused.split("last changed")[1] == cost


def test_counting_slots_stops_and_says_so() -> None:
    page = stated(schedule=cron("* * * * *"), updated_at="2025-06-16T09:30:00Z", **BY_HAND)
    assert page.paused.endswith("; 10,000+ slots of its schedule went by")


def test_what_is_promised_comes_before_what_is_projected() -> None:
    tomorrow = datetime(2026, 6, 17, 9, tzinfo=UTC)
    upcoming = stated(
        schedule=cron("0 9 * * *", "UTC", tomorrow - 2 * DAY, tomorrow, tomorrow + DAY)
    ).upcoming
    assert [(slot.at, slot.promised) for slot in upcoming] == [
        (tomorrow + n * DAY, n < 2)  # the promise that is past is none
        for n in range(5)
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"schedule": None},
        {"schedule": cron("not a cron")},
        {"schedule": cron("0 9 * * *", "Mars/Olympus")},
        {"schedule": cron("0 0 30 2 *")},
        BY_HAND,
        {"archived_at": "2026-06-10T00:00:00Z"},
    ],
)
def test_where_nothing_will_fire_nothing_is_to_come(changes: Record) -> None:
    assert stated(**changes).upcoming == ()


# -- Records of every shape -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "values"),
    [
        ([{"type": "user.message", "content": "Go"}], [InitialEvent("user.message", "Go")]),
        (
            [
                {
                    "type": "user.message",
                    "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
                }
            ],
            [InitialEvent("user.message", "a\nb")],
        ),
        (
            [{"type": "user.message", "content": [{"type": "image", "source": "é"}, 7, "c", None]}],
            [InitialEvent("user.message", '{"type": "image", "source": "é"}\n7\nc')],
        ),
        (
            [{"type": "user.define_outcome", "description": "Done"}],
            [InitialEvent("user.define_outcome", "Done")],
        ),
        ([{"type": "user.define_outcome"}], [InitialEvent("user.define_outcome", "")]),
        ([{"content": {"text": "x"}}], [InitialEvent("", "x")]),
        ([{"type": 7, "content": [{"text": {"deep": 1}}]}], [InitialEvent("7", '{"deep": 1}')]),
        (["Go", 7, None, {"type": "a", "content": "b"}], [InitialEvent("a", "b")]),
        ([], []),
        (None, []),
        ("Go", []),
        ({"type": "user.message"}, []),
    ],
)
def test_what_each_run_begins_with_is_shown_whatever_its_shape(
    events: Any, values: list[InitialEvent]
) -> None:
    assert list(stated(initial_events=events).events) == values


def test_the_facts_of_a_deployment() -> None:
    config = {"timeout_ms": 600_000, "max_concurrent": 2, "max_retries": 0}
    cas = {"config": config, "session_strategy": "new_session"}
    page = stated(metadata={"cas_config": cas}, vault_ids=["v1", 2], description="größer")
    shown = facts(page)
    assert (shown["Agent"], shown["Environment"], shown["Vaults"]) == ("agent_a v1", "env_a", "v1, 2")
    assert (shown["Session"], shown["At a time"], shown["Retries"]) == ("new session", "2", "0")
    assert (shown["Limit"], shown["Expression"], shown["Zone"]) == ("10 min", "0 9 * * *", "UTC")
    assert shown["Created"] == datetime(2026, 6, 1, tzinfo=UTC)
    assert '"description": "größer"' in page.record


@pytest.mark.parametrize(
    ("metadata", "limit"),
    [
        (None, ""),
        ("x", ""),
        ({"cas_config": None}, ""),
        ({"cas_config": "x"}, ""),
        ({"cas_config": {}}, ""),
        ({"cas_config": {"config": [1]}}, ""),
        ({"cas_config": {"config": {"timeout_ms": "10 s", "max_retries": [1], "max_concurrent": None}}}, ""),
        ({"cas_config": {"session_strategy": 7.5, "config": {"timeout_ms": 0}}}, "0 s"),
        ({"cas_config": {"config": {"timeout_ms": 2**53 - 1}}}, "104249991 d 8 h"),
        ({"cas_config": {"config": {"timeout_ms": 2**63}}}, ""),
    ],
)
def test_a_configuration_of_another_shape_is_no_error(metadata: Any, limit: str) -> None:
    stored_runs(run_record(1, NOW - HOUR), run_record(2, NOW - HOUR, "running"))
    shown = facts(stated(metadata=metadata, vault_ids="v1"))
    assert (shown["Limit"], shown["Vaults"], shown["Session"], shown["Retries"]) == (limit, "", "", "")


@pytest.mark.parametrize("agent", [{"id": "agent_a"}, {"id": "agent_a", "version": None}])
def test_an_agent_without_a_version_is_named_alone(agent: Record) -> None:
    assert facts(stated(agent=agent))["Agent"] == "agent_a"


def test_a_page_reads_so_many_runs_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOKED_AT", 7)
    stored_runs(*(run_record(n, NOW - n * HOUR) for n in range(9)))
    page = stated()
    assert (page.looked_at, len(page.strip.bars)) == (7, 9)


# -- Odd schedules ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "fires", "remarks"),
    [
        (cron("0 9 * * *"), "At 09:00", ()),
        (cron("0 0 30 2 *"), "never", ("It never fires: no day matches its schedule",)),
        (
            cron("0 12 29 2 *"),
            "At 12:00, on day 29 of the month, only in February",
            ("It fires next on 29 February 2028 at 12:00",),
        ),
        (
            cron("0 9 * * *", "Mars/Olympus"),
            "At 09:00",
            ("Nobody knows the zone Mars/Olympus: beyond what is promised, nothing can be projected",),
        ),
        (
            cron("0 9 * * *", ""),
            "At 09:00",
            ("No zone is named: beyond what is promised, nothing can be projected",),
        ),
        (cron("nonsense"), "an expression that cannot be read", ()),
        (
            cron("0 9 * * *") | {"upcoming_runs_at": "soon"},
            "At 09:00",
            ("1 promise is no instant and is left out",),
        ),
        (
            cron("0 9 * * *") | {"upcoming_runs_at": ["soon", 7, "2026-06-17T09:00:00Z"]},
            "At 09:00",
            ("2 promises are no instants and are left out",),
        ),
        ({"type": "interval", "upcoming_runs_at": []}, "by a schedule of type interval", ()),
        ({"upcoming_runs_at": ["2026-06-17T09:00:00Z"]}, "at the promised instants", ()),
        (None, "", ()),
    ],
)
def test_an_odd_schedule_is_remarked_on(
    schedule: Record | None, fires: str, remarks: tuple[str, ...]
) -> None:
    page = stated(schedule=schedule)
    assert (page.row.schedule_text, page.schedule_remarks) == (fires, remarks)
    assert stated(schedule=schedule, status="paused").schedule_remarks == ()


def test_a_schedule_of_another_type_than_cron_is_not_by_hand_only() -> None:
    assert stated(schedule={"type": "interval", "upcoming_runs_at": []}).row.next_note == "nothing promised"
    assert stated(schedule=None).row.next_note == "by hand only"


@pytest.mark.parametrize(
    ("stats", "text"),
    [
        (None, ""),
        ({}, ""),
        ({"total_runs": 3, "total_failures": 2, "consecutive_failures": 1}, ""),
        ({"total_runs": "many", "total_failures": None}, ""),
        (
            {"total_runs": 1_234, "total_failures": 1, "consecutive_failures": 0},
            "1,234 runs (3 here), 1 failure (2 here), 0 failures in a row (1 here)",
        ),
        ({"total_runs": 1, "consecutive_failures": 1}, "1 run (3 here)"),
    ],
)
def test_the_counters_of_the_api_are_shown_where_they_differ(stats: Any, text: str) -> None:
    live()
    stored_runs(
        run_record(1, NOW, "failed"), run_record(2, NOW - DAY), run_record(3, NOW - 2 * DAY, "failed")
    )
    assert stated(metadata={"cas_config": {"stats": stats}}).counters == text


def test_a_run_whose_time_is_not_known_is_in_no_counter() -> None:
    live()
    stored_runs(run_record(1, NOW), run_record(2, NOW, "pending", triggered_at="soon", created_at="soon"))
    stored_deployments(deployment_record())
    rollups.refresh("default", ["dep_a"])
    assert stated(metadata={"cas_config": {"stats": {"total_runs": 2}}}).counters == "2 runs (1 here)"


def test_a_deployment_that_never_ran_has_the_counters_of_the_api_beside_nothing() -> None:
    live()
    assert stated(metadata={"cas_config": {"stats": {"total_runs": 2}}}).counters == "2 runs (0 here)"


def test_what_is_suspiciously_fast_is_held_against_a_median_of_so_many_runs() -> None:
    live()
    stored_runs(run_record(9, NOW, duration_ms=1_000), *(run_record(n, NOW - n * DAY) for n in range(1, 6)))
    result = stated()
    assert ([fast.duration for fast in result.fast], result.fast_basis) == (
        ["1 s"],
        "median 17 s (of 6 completed runs)",
    )
