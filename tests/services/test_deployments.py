"""The deployments page: every filter against one written by hand, and what a row and one deployment say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from django.http import QueryDict

from dashboard import filters
from dashboard.accounts import Account
from dashboard.components import Count
from dashboard.models import Deployment, Gap, Health
from dashboard.services import deployments, feed
from dashboard.services.deployments import DeploymentRow
from dashboard.services.listing import Listing
from tests.factories import NOW, Record, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def ask(query: str = "", now: datetime = NOW) -> Listing[DeploymentRow]:
    """The page of deployments that a query string asks for."""
    question = filters.deployments(
        QueryDict(query),
        statuses=deployments.statuses(),
        healths=deployments.HEALTHS,
        accounts=feed.account_names(),
    )
    return deployments.list_deployments(question, now)


def shown(query: str = "") -> list[str]:
    return [row.name for row in ask(query).rows]


@dataclass
class Made:
    """A deployment whose health is known because it was made that way."""

    name: str
    health: str
    changes: Record = field(default_factory=dict)
    ended: tuple[str, ...] = ()
    account: str = "default"
    often: str = "daily"

    def __post_init__(self) -> None:
        self.record = deployment_record(self.name) | self.changes


def schedule(apart: timedelta, expression: str = "0 9 * * *") -> Record:
    promised = [(NOW + n * apart).isoformat() for n in range(1, 4)]
    return {"expression": expression, "timezone": "UTC", "upcoming_runs_at": promised}


def world() -> list[Made]:
    """One of everything, so that each filter has something to find and something to leave out."""
    paused = {"status": "paused", "paused_reason": {"type": "manual"}}
    by_error = {"status": "paused", "paused_reason": {"type": "error", "error": {"type": "credential_error"}}}
    agent_b = {"agent": {"id": "agent_b", "type": "agent", "version": 2}}
    return [
        Made("alpha", "ok", ended=("failed", "completed")),
        Made("beta", "failing", agent_b, ("completed", "failed", "failed")),
        Made("gamma", "failing", {"environment_id": "env_b"}, ("failed", "failed", "failed"), "other"),
        Made("delta", "stuck", agent_b | {"environment_id": "env_b"}, ("completed", "running")),
        Made("epsilon", "paused", paused, ("failed",)),
        Made("zeta", "paused-error", by_error | agent_b, ("failed", "failed"), "other"),
        Made("eta", "unknown", {"status": "draining"}, ("completed",)),
        Made("theta", "never"),
        Made("iota", "archived", {"archived_at": "2026-06-10T00:00:00Z"} | agent_b, ("failed",)),
        Made("kappa", "never", {"schedule": schedule(timedelta(minutes=5))}, often="minutes"),
        Made("lambda", "never", {"schedule": schedule(HOUR)}, account="other", often="hours"),
        Made("mu", "never", {"schedule": schedule(7 * DAY)}, often="weekly"),
        Made("nu", "never", {"schedule": schedule(60 * DAY)}, often="rarely"),
        Made("xi", "ok", {"schedule": None, "environment_id": "env_b"}, ("completed",), often="manual"),
    ]


@pytest.fixture
def stored(settings: Any, account: Account) -> list[Made]:
    """That world in the mirror."""
    settings.ACCOUNTS = (account, replace(account, name="other"))
    made = world()
    number = 0
    for name in ("default", "other"):
        live(name)
        stored_deployments(*(it.record for it in made if it.account == name), account=name)
        for it in (it for it in made if it.account == name):
            for place, status in enumerate(it.ended):
                number += 1
                at = NOW - (len(it.ended) - place) * HOUR
                stored_runs(run_record(number, at, status, deployment_id=it.record["id"]), account=name)
    return made


BY_HAND: dict[str, Callable[[Made], bool]] = {
    "account=other": lambda it: it.account == "other",
    "status=active": lambda it: it.record["status"] == "active",
    "status=paused&status=draining": lambda it: it.record["status"] != "active",
    "agent_id=agent_b": lambda it: it.record["agent"]["id"] == "agent_b",
    "environment_id=env_b": lambda it: it.record["environment_id"] == "env_b",
    "environment_id=env_a&environment_id=env_b": lambda it: True,
    "q=ETA": lambda it: "eta" in it.name,
    "q=dep_x": lambda it: it.record["id"] == "dep_xi",
    "health=failing": lambda it: it.health == "failing",
    "health=stuck&health=paused-error": lambda it: it.health in ("stuck", "paused-error"),
    "health=never": lambda it: it.health == "never",
    "health=paused": lambda it: it.health == "paused",
    "health=unknown": lambda it: it.health == "unknown",
    "health=ok": lambda it: it.health == "ok",
    "schedule=minutes": lambda it: it.often == "minutes",
    "schedule=hours&schedule=daily": lambda it: it.often in ("hours", "daily"),
    "schedule=weekly": lambda it: it.often == "weekly",
    "schedule=rarely": lambda it: it.often == "rarely",
    "schedule=manual": lambda it: it.often == "manual",
}


def by_hand(made: list[Made], *holds: Callable[[Made], bool], archived: bool = False) -> list[str]:
    current = [it for it in made if archived or it.health != "archived"]
    return sorted(it.name for it in current if all(hold(it) for hold in holds))


@pytest.mark.parametrize("query", sorted(BY_HAND))
@pytest.mark.parametrize("archived", [False, True])
def test_a_filter_shows_what_a_filter_written_by_hand_finds(
    stored: list[Made], query: str, archived: bool
) -> None:
    expected = by_hand(stored, BY_HAND[query], archived=archived)
    found = ask(f"{query}&sort=name&include_archived={archived}")
    assert expected
    assert [row.name for row in found.rows] == expected
    assert found.count == Count(len(expected))


def test_two_filters_show_what_both_of_them_written_by_hand_find(stored: list[Made]) -> None:
    for one, other in combinations(sorted(BY_HAND), 2):
        if one.split("=")[0] != other.split("=")[0]:
            found = ask(f"{one}&{other}&sort=name")
            expected = by_hand(stored, BY_HAND[one], BY_HAND[other])
            names = [row.name for row in found.rows]
            assert (names, found.count.number) == (expected, len(expected)), (one, other)


def test_archived_ones_are_left_out_until_they_are_asked_for(stored: list[Made]) -> None:
    assert "iota" not in shown()
    assert "iota" in shown("include_archived=true")
    assert shown("health=archived") == ["iota"]
    assert shown("health=archived&health=ok&sort=name") == ["alpha", "iota", "xi"]


@pytest.mark.parametrize(("query", "count"), [("health=archived", 1), ("health=archived&health=ok", 3)])
def test_archived_ones_that_are_shown_are_counted(stored: list[Made], query: str, count: int) -> None:
    found = ask(query)
    assert len(found.rows) == count
    assert found.count == Count(count)
    assert found.total.number >= count
    assert "archived" in [pill.word for pill in found.pills if pill.current]


def test_what_needs_attention_comes_first(stored: list[Made]) -> None:
    assert [row.name for row in ask("include_archived=true").rows] == [
        *("gamma", "beta"),  # failing, the longer streak first
        "delta",
        "zeta",
        "eta",
        *("alpha", "xi"),  # ok: the one that runs next before the one that never will
        *("kappa", "lambda", "mu", "nu", "theta"),
        "epsilon",
        "iota",
    ]


def test_pills_count_each_health_worst_first_and_switch_it(stored: list[Made]) -> None:
    found = ask("health=failing&q=a")
    said = [(pill.word, pill.count.number, pill.current, pill.url) for pill in found.pills]
    assert said[:3] == [
        ("All", 9, False, "/deployments/?q=a"),
        ("failing", 2, True, "/deployments/?q=a"),
        ("stuck", 1, False, "/deployments/?q=a&health=failing&health=stuck"),
    ]
    assert (found.count, found.total) == (Count(2), Count(9))


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["a", "b", "c"]),
        ("-name", ["c", "b", "a"]),
        ("last_run", ["b", "a", "c"]),
        ("-last_run", ["a", "b", "c"]),
        ("last_success", ["a", "b", "c"]),
        ("-last_success", ["b", "a", "c"]),
        ("next_run", ["b", "a", "c"]),
        ("-next_run", ["a", "b", "c"]),
        ("health", ["b", "a", "c"]),
        ("-health", ["c", "a", "b"]),
    ],
)
def test_sorting_sorts_the_whole_set_and_what_is_missing_comes_last(sort: str, names: list[str]) -> None:
    stored_deployments(*(deployment_record(name) for name in "cba"))
    for name, run, success, coming in (("a", 1, 5, 2), ("b", 2, 4, 1)):
        Deployment.objects.filter(name=name).update(
            last_run_at=NOW - run * HOUR,
            last_success_at=NOW - success * HOUR,
            next_run_at=NOW + coming * HOUR,
        )
    Deployment.objects.filter(name="c").update(next_run_at=None)
    assert shown(f"sort={sort}") == names


def test_column_heads_sort_and_turn_round() -> None:
    heads = ask().sorts
    assert {key: (head.url, head.direction) for key, head in heads.items()} == {
        "health": ("/deployments/?sort=-health", "ascending"),
        "name": ("/deployments/?sort=name", ""),
        "last_run": ("/deployments/?sort=-last_run", ""),
        "last_success": ("/deployments/?sort=-last_success", ""),
        "next_run": ("/deployments/?sort=next_run", ""),
    }
    assert ask("sort=-name").sorts["name"].direction == "descending"


def test_controls_offer_what_there_is(stored: list[Made]) -> None:
    controls = {control.name: control for control in ask("include_archived=1&status=draining").controls}
    assert [option.value for option in controls["agent_id"].options] == ["", "agent_a", "agent_b"]
    assert [option.value for option in controls["environment_id"].options] == ["", "env_a", "env_b"]
    assert [option.value for option in controls["status"].options] == ["", "active", "paused", "draining"]
    assert [option.said for option in controls["schedule"].options] == [
        *("Any schedule", "more than hourly", "hourly or more", "daily", "weekly", "more rarely"),
        "by hand only",
    ]
    assert controls["include_archived"].values == ("true",)
    assert [option.value for option in controls["account"].options] == ["", "default", "other"]


def test_a_choice_of_the_account_is_offered_only_where_there_are_two() -> None:
    assert "account" not in [control.name for control in ask().controls]


def test_a_page_past_the_last_row_is_beyond() -> None:
    [only] = stored_deployments(deployment_record())
    order = deployments.ORDERS["name"]
    assert ask(f"sort=name&cursor={order.cursor(only, backwards=False)}").beyond
    assert not ask().beyond


def test_how_many_fail_counts_only_what_fails_now(stored: list[Made]) -> None:
    assert deployments.healths(NOW)[Health.FAILING] == 2


def row(name: str = "a", now: datetime = NOW, **columns: Any) -> DeploymentRow:
    """The row of a deployment whose columns are set by hand."""
    Deployment.objects.filter(deployment_id=f"dep_{name}").update(**columns)
    found = Deployment.objects.with_health(now).filter(deployment_id=f"dep_{name}")
    return deployments.rows(found, now)[0]


@pytest.fixture
def one() -> Deployment:
    """An ordinary deployment, and a feed that has read everything."""
    live()
    return stored_deployments(deployment_record(description="Sums up"))[0]


FAILS: dict[str, Any] = {
    "streak": 3,
    "failing_since": NOW - 3 * HOUR,
    "last_failure_at": NOW - HOUR,
    "last_failure_id": "drun/1",
    "last_error_type": "timeout_error",
    "last_error_message": "\nToo slow\nfor this",
    "last_run_at": NOW - HOUR,
    "last_run_status": "failed",
}


@pytest.mark.usefixtures("one")
def test_a_row_of_a_calm_deployment_says_it_all() -> None:
    found = row(last_run_at=NOW - HOUR, last_run_status="completed", runs_seen=7, failures_seen=2)
    assert (found.id, found.url, found.name) == ("dep_a", "/deployments/dep_a/", "a")
    assert (found.runs_url, found.failures_url) == (
        "/runs/?deployment_id=dep_a",
        "/runs/?deployment_id=dep_a&status=failed",
    )
    assert (found.badge.word, found.description, found.since, found.streak) == ("ok", "Sums up", None, 0)
    assert (found.schedule_said, found.expression, found.zone) == ("At 09:00", "0 9 * * *", "UTC")
    assert found.next_at == datetime(2126, 6, 17, 9, tzinfo=UTC)
    assert (found.next_note, found.detail, found.archived) == ("", "", False)
    assert (found.runs_total, found.failures_total) == (7, 2)
    assert found.totals_said == "as far as runs have been read"


@pytest.mark.usefixtures("one")
def test_a_row_takes_the_own_counters_of_the_api_where_there_are_any() -> None:
    found = row(runs_seen=7, failures_seen=2, total_runs=900, total_failures=0)
    assert (found.runs_total, found.failures_total) == (900, 0)
    assert found.totals_said == "as the API counts them"


@pytest.mark.usefixtures("one")
def test_a_failing_row_says_since_when_and_why() -> None:
    found = row(**FAILS)
    assert (found.badge.word, found.streak, found.since) == ("failing", 3, NOW - 3 * HOUR)
    assert (found.error_type, found.error_line) == ("timeout_error", "Too slow")
    assert (found.last_failure_at, found.last_failure_url) == (NOW - HOUR, "/runs/drun%2F1/")


@pytest.mark.usefixtures("one")
def test_a_streak_from_before_a_pause_is_not_since_anything_now() -> None:
    assert row(**FAILS, status="paused").since is None


@pytest.mark.parametrize(
    ("complete", "cleared", "streak", "at_least"),
    [
        (True, None, 3, False),
        (False, None, 3, True),  # older runs may have failed as well, nobody has read them
        (False, NOW - DAY, 3, False),
        (False, None, 0, False),
    ],
)
@pytest.mark.usefixtures("one")
def test_a_streak_is_at_least_so_long_while_its_beginning_was_not_read(
    complete: bool, cleared: datetime | None, streak: int, at_least: bool
) -> None:
    if not complete:
        Gap.objects.create(account="default", from_at=NOW - DAY, until_at=NOW - 90 * DAY)
    assert row(streak=streak, streak_cleared_at=cleared).streak_at_least is at_least


@pytest.mark.parametrize(
    ("columns", "badge"),
    [
        ({}, None),
        ({"open_since": NOW}, None),
        ({"open_since": NOW, "streak": 2}, "failed"),
        ({"open_since": NOW, "streak_cleared_at": NOW - DAY}, "ok"),
        ({"streak": 2}, None),
    ],
)
@pytest.mark.usefixtures("one")
def test_a_running_deployment_keeps_the_colour_of_its_last_result(
    columns: dict[str, Any], badge: str | None
) -> None:
    last = row(**columns).last_badge
    assert (last.word if last else None) == badge


@pytest.mark.parametrize(
    ("columns", "detail"),
    [
        ({"stuck_at": NOW, "open_since": NOW - HOUR, "timeout_ms": 600_000}, "1 h, limit 10 min"),
        ({"stuck_at": NOW, "open_since": NOW - HOUR, "timeout_ms": None}, "1 h"),
        ({"stuck_at": NOW, "open_since": None}, ""),
        ({"gone_at": NOW}, "no longer listed by the API"),
        ({"archived_at": NOW}, ""),
        ({"status": "paused", "paused_reason": "error"}, "credential_error"),
        ({"status": "paused"}, ""),
    ],
)
def test_a_second_line_says_what_the_health_is_about(columns: dict[str, Any], detail: str) -> None:
    stored_deployments(deployment_record(paused_reason={"error": {"type": "credential_error"}}))
    assert row(**columns).detail == detail


@pytest.mark.parametrize(
    ("columns", "note"),
    [
        ({}, ""),
        ({"next_run_at": None}, "nothing promised"),
        ({"next_run_at": None, "expression": ""}, "by hand only"),
        ({"next_run_at": None, "status": "paused"}, "paused"),
        ({"next_run_at": None, "status": "paused", "paused_reason": "error"}, "paused"),
        ({"next_run_at": None, "archived_at": NOW}, "archived"),
    ],
)
@pytest.mark.usefixtures("one")
def test_where_nothing_will_fire_the_row_says_why(columns: dict[str, Any], note: str) -> None:
    found = row(**columns)
    assert (found.next_note, found.next_at is None) == (note, "next_run_at" in columns)


def test_a_promise_whose_time_has_come_is_due() -> None:
    stored_deployments(deployment_record(schedule=schedule(HOUR)))
    found = row(now=NOW + 5 * HOUR)
    assert (found.next_at, found.next_note) == (NOW + HOUR, "due")


def test_a_deployment_without_a_name_is_called_by_its_id() -> None:
    stored_deployments(deployment_record() | {"name": "", "id": "é/&"})
    found = deployments.rows(Deployment.objects.with_health(NOW), NOW)[0]
    assert (found.name, found.url) == ("é/&", "/deployments/%C3%A9%2F%26/")


def test_one_deployment_tells_its_facts_its_latest_runs_and_its_record() -> None:
    stored_deployments(deployment_record(description="größer"))
    stored_runs(*(run_record(n, NOW - n * HOUR) for n in range(25)))
    stored_runs(run_record(99, NOW, deployment_id="dep_b"))
    stored_runs(run_record(98, NOW), account="other")
    found = deployments.get_deployment("dep_a", NOW)
    assert found is not None
    assert [int(run.id[-2:], 16) for run in found.runs] == list(range(20))
    facts = {fact.label: fact.value for fact in found.facts}
    assert (facts["Agent"], facts["Environment"], facts["Schedule"]) == ("agent_a v1", "env_a", "At 09:00")
    assert facts["Created"] == datetime(2026, 6, 1, tzinfo=UTC)
    assert '"description": "größer"' in found.record


def test_one_deployment_whose_agent_has_no_version_names_the_agent_alone() -> None:
    stored_deployments(deployment_record(agent={"id": "agent_a"}))
    found = deployments.get_deployment("dep_a", NOW)
    assert found is not None
    assert "agent_a" in [fact.value for fact in found.facts]


def test_a_deployment_that_was_never_read_is_none() -> None:
    assert deployments.get_deployment("dep_a", NOW) is None
