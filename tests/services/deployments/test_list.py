"""The deployments page: every filter against one written by hand, every order, every control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from django.http import QueryDict

from dashboard.models import Deployment
from dashboard.services.cloud.accounts import Account
from dashboard.services.deployments import list as deployment_list
from dashboard.services.deployments.rows import DeploymentRow
from dashboard.services.lists.listing import Listing
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from dashboard.web.components import Count
from tests.factories import NOW, Record, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def ask(query: str = "", now: datetime = NOW) -> Listing[DeploymentRow]:
    """The page of deployments that a query string asks for."""
    question = read_question("deployments", QueryDict(query), Snapshot(now))
    return deployment_list.list_deployments(question, Snapshot(now))


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
    frequent: str = "daily"

    def __post_init__(self) -> None:
        self.record = deployment_record(self.name) | self.changes

    def runs(self, number: int) -> list[Record]:
        """An hour apart, the last one an hour ago, counted from that number."""
        return [
            run_record(number + hours, NOW - hours * HOUR, status, deployment_id=self.record["id"])
            for hours, status in enumerate(reversed(self.ended), 1)
        ]


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
        Made("kappa", "never", {"schedule": schedule(timedelta(minutes=5))}, frequent="minutes"),
        Made("lambda", "never", {"schedule": schedule(HOUR)}, account="other", frequent="hours"),
        Made("mu", "never", {"schedule": schedule(7 * DAY)}, frequent="weekly"),
        Made("nu", "never", {"schedule": schedule(60 * DAY)}, frequent="rarely"),
        Made("xi", "ok", {"schedule": None, "environment_id": "env_b"}, ("completed",), frequent="manual"),
    ]


@pytest.fixture
def stored(settings: Any, account: Account) -> list[Made]:
    """That world in the mirror."""
    settings.ACCOUNTS = (account, replace(account, name="other"))
    made = world()
    for name in ("default", "other"):
        live(name)
        mine = {10 * place: row for place, row in enumerate(made) if row.account == name}
        stored_deployments(*(row.record for row in mine.values()), account=name)
        stored_runs(*(run for number, row in mine.items() for run in row.runs(number)), account=name)
    return made


BY_HAND: dict[str, Callable[[Made], bool]] = {
    "account=other": lambda row: row.account == "other",
    "status=active": lambda row: row.record["status"] == "active",
    "status=paused&status=draining": lambda row: row.record["status"] != "active",
    "agent_id=agent_b": lambda row: row.record["agent"]["id"] == "agent_b",
    "environment_id=env_b": lambda row: row.record["environment_id"] == "env_b",
    "environment_id=env_a&environment_id=env_b": lambda row: True,
    "q=ETA": lambda row: "eta" in row.name,
    "q=dep_x": lambda row: row.record["id"] == "dep_xi",
    "health=failing": lambda row: row.health == "failing",
    "health=stuck&health=paused-error": lambda row: row.health in ("stuck", "paused-error"),
    "health=never": lambda row: row.health == "never",
    "health=paused": lambda row: row.health == "paused",
    "health=unknown": lambda row: row.health == "unknown",
    "health=ok": lambda row: row.health == "ok",
    "schedule=minutes": lambda row: row.frequent == "minutes",
    "schedule=hours&schedule=daily": lambda row: row.frequent in ("hours", "daily"),
    "schedule=weekly": lambda row: row.frequent == "weekly",
    "schedule=rarely": lambda row: row.frequent == "rarely",
    "schedule=manual": lambda row: row.frequent == "manual",
}


def by_hand(made: list[Made], *holds: Callable[[Made], bool], archived: bool = False) -> list[str]:
    current = [row for row in made if archived or row.health != "archived"]
    return sorted(row.name for row in current if all(hold(row) for hold in holds))


@pytest.mark.parametrize("query", sorted(BY_HAND))
@pytest.mark.parametrize("archived", [False, True])
def test_a_filter_shows_what_a_filter_written_by_hand_finds(
    stored: list[Made], query: str, archived: bool
) -> None:
    expected = by_hand(stored, BY_HAND[query], archived=archived)
    answer = ask(f"{query}&sort=name&include_archived={archived}")
    assert expected
    assert [row.name for row in answer.rows] == expected
    assert answer.count == Count(len(expected))


@pytest.mark.slow
def test_two_filters_show_what_both_of_them_written_by_hand_find(stored: list[Made]) -> None:
    for one, other in combinations(sorted(BY_HAND), 2):
        if one.split("=")[0] != other.split("=")[0]:
            answer = ask(f"{one}&{other}&sort=name")
            expected = by_hand(stored, BY_HAND[one], BY_HAND[other])
            names = [row.name for row in answer.rows]
            assert (names, answer.count.number) == (expected, len(expected)), (one, other)


def test_archived_ones_are_left_out_until_they_are_asked_for(stored: list[Made]) -> None:
    assert "iota" not in shown()
    assert "iota" in shown("include_archived=true")
    assert shown("health=archived") == ["iota"]
    assert shown("health=archived&health=ok&sort=name") == ["alpha", "iota", "xi"]


@pytest.mark.parametrize(("query", "count"), [("health=archived", 1), ("health=archived&health=ok", 3)])
def test_archived_ones_that_are_shown_are_counted(stored: list[Made], query: str, count: int) -> None:
    answer = ask(query)
    assert len(answer.rows) == count
    assert answer.count == Count(count)
    assert answer.total.number >= count
    assert "archived" in [pill.word for pill in answer.pills if pill.current]


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
    answer = ask("health=failing&q=a")
    rows = [(pill.word, pill.count.number, pill.current, pill.url) for pill in answer.pills]
    assert rows[:3] == [
        ("All", 9, False, "/deployments/?q=a"),
        ("failing", 2, True, "/deployments/?q=a"),
        ("stuck", 1, False, "/deployments/?q=a&health=failing&health=stuck"),
    ]
    assert (answer.count, answer.total) == (Count(2), Count(9))


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
    query = "include_archived=1&status=draining&agent_id=agent_a&environment_id=env_a&environment_id=env_b"
    controls = {control.name: control for control in ask(query).controls}
    assert controls["agent"].placeholder.startswith("agent_a (")
    assert controls["environment"].placeholder == "2 selected"
    assert [option.value for option in controls["status"].options] == ["", "active", "paused", "draining"]
    assert [option.text for option in controls["schedule"].options] == [
        *("Any schedule", "more than hourly", "hourly or more", "daily", "weekly", "more rarely"),
        "by hand only",
    ]
    assert controls["include_archived"].values == ("true",)
    assert [option.value for option in controls["account"].options] == ["", "default", "other"]


def test_a_choice_of_the_account_is_offered_only_where_there_are_two() -> None:
    assert "account" not in [control.name for control in ask().controls]


def test_a_place_that_is_gone_knows_the_first_page() -> None:
    [only] = stored_deployments(deployment_record())
    order = deployment_list.ORDERS["name"]
    assert ask(f"sort=name&cursor={order.cursor(only, backwards=False)}").first_page_url
    assert not ask().first_page_url
