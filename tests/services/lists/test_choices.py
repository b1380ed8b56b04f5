"""The controls of a list: several values in force are one choice, and more than fit a select are typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.http import QueryDict

from dashboard.models import Deployment
from dashboard.services import failures
from dashboard.services.cloud.accounts import Account
from dashboard.services.deployments import list as deployment_list
from dashboard.services.lists import choices
from dashboard.services.lists.listing import Listing
from dashboard.services.lists.questions import read_question
from dashboard.services.runs import list as run_list
from dashboard.services.status.snapshot import Snapshot
from dashboard.web.components import Control, Option
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
LISTS: dict[str, Callable[..., Any]] = {
    "runs": run_list.list_runs,
    "failures": failures.list_failures,
    "deployments": deployment_list.list_deployments,
}


def listed(page: str, query: str | QueryDict = "") -> Listing[Any]:
    given = QueryDict(query) if isinstance(query, str) else query
    shown: Listing[Any] = LISTS[page](read_question(page, given, Snapshot(NOW)), Snapshot(NOW))
    return shown


def control(page: Listing[Any], name: str) -> Control:
    [only] = [control for control in page.controls if control.name == name]
    return only


def submitted(page: Listing[Any]) -> QueryDict:
    """What a browser sends for the form of a page that nobody has changed."""
    given = QueryDict(mutable=True)
    for name, value in page.hidden:
        given.appendlist(name, value)
    for field in page.controls:
        if field.kind == "select":
            chosen = next((option.value for option in field.options if option.selected), "")
            given.appendlist(field.name, chosen.replace("\n", "\r\n"))
        elif field.kind != "check" or field.values:
            for value in field.values or ("",):
                given.appendlist(field.name, value)
    return given


@pytest.mark.parametrize("most", [500, 1], ids=["selects", "typed"])
@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("deployments", "status=active&status=paused&schedule=daily&schedule=hours"),
        (
            "deployments",
            "agent_id=agent_a&agent_id=agent_b&environment_id=env_a&account=default&account=other",
        ),
        ("deployments", "health=failing&include_archived=true&q=a+b"),
        ("runs", "status=failed&status=running&trigger_type=manual&trigger_type=retry"),
        ("runs", "deployment_id=dep_a&deployment_id=dep_b&deployment_id=dep_unread&has_error=true"),
        ("runs", "error=one&error=two,+three&min_duration=90s&fingerprint=0&fingerprint=1&since=24h"),
        ("failures", "deployment_id=dep_a&deployment_id=dep_twin&agent_id=agent_a&error=one&error=two"),
        ("failures", "deployment_id=dep_odd&since=30d&sort=-runs&limit=20"),
    ],
)
def test_a_form_that_nobody_has_changed_asks_for_the_same(
    page: str, query: str, most: int, settings: Any, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    monkeypatch.setattr(choices, "MOST_OPTIONS", most)
    live(words={"trigger_type": ["manual", "retry"]})
    stored_deployments(
        deployment_record("a") | {"name": "Nightly", "agent": {"id": "agent_b"}, "environment_id": "env_b"},
        deployment_record("b") | {"name": "dep_a"},  # its name is the id of another one
        deployment_record("twin") | {"name": "Twice"},
        deployment_record("other_twin") | {"name": "Twice"},
        deployment_record("odd") | {"name": " two  spaces "},
    )
    stored_runs(run_record(1, NOW, deployment_id="dep_unread"))
    shown = listed(page, query)
    again = listed(page, submitted(shown))
    assert again.filter.here == shown.filter.here
    assert again.filter.ignored == ()


def test_a_select_shows_both_of_two_values_in_force() -> None:
    live(words={"trigger_type": ["manual", "retry"]})
    options = control(listed("runs", "trigger_type=manual&trigger_type=retry"), "trigger_type").options
    assert options[:3] == (
        Option("", "Any trigger"),
        Option("manual\nretry", "manual or retry", selected=True),
        Option("schedule", "schedule"),
    )
    assert [option.value for option in options if option.selected] == ["manual\nretry"]


def test_the_choice_of_very_many_values_is_shortened() -> None:
    query = "&".join(f"trigger_type={word}" for word in ("manual", "retry", "schedule", "w" * 90))
    live(words={"trigger_type": ["w" * 90]})
    [chosen] = [o for o in control(listed("runs", query), "trigger_type").options if o.selected]
    assert (len(chosen.text), chosen.text[-1]) == (80, "…")


def test_a_text_field_shows_each_value_in_force() -> None:
    assert control(listed("runs", "error=one&error=two"), "error").values == ("one", "two")


@pytest.mark.parametrize("number", [500, 501, 1_000])
def test_a_deployment_among_very_many_is_typed(number: int) -> None:
    live()
    Deployment.objects.bulk_create(
        Deployment(deployment_id=f"dep_{n}", account="default", name=f"Job {n}") for n in range(number)
    )
    page = listed("runs", "deployment_id=dep_7")
    if number == 500:
        assert len(control(page, "deployment_id").options) == 501
        return
    assert control(page, "deployment") == Control(
        "text",
        "deployment",
        "Deployment: name or id",
        ("Job 7",),
        placeholder="Deployment: name or id",
        parameter="deployment_id",
    )
    assert "deployment_id" not in dict(page.hidden)
    assert listed("runs", f"deployment=job+{number - 1}").filter.many("deployment_id") == (
        f"dep_{number - 1}",
    )


def test_what_was_typed_and_is_not_clear_stays_in_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "MOST_OPTIONS", 1)
    stored_deployments(deployment_record("a"), deployment_record("b"))
    assert control(listed("runs", "deployment=dep_&deployment=b"), "deployment").values == ("b", "dep_")


def test_agents_and_environments_among_very_many_are_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "MOST_OPTIONS", 1)
    stored_deployments(
        deployment_record("a"), deployment_record("b", agent={"id": "agent_b"}, environment_id="env_b")
    )
    page = listed("deployments", "agent_id=agent_b")
    assert (control(page, "agent_id").kind, control(page, "agent_id").values) == ("text", ("agent_b",))
    assert control(page, "environment_id").placeholder == "Environment id"
    assert len(page.rows) == 1
