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
    pairs = [*page.hidden, *(pair for field in page.controls for pair in _pairs(field))]
    if page.span:
        pairs += [*page.span.hidden, ("since", page.span.since), ("until", page.span.until)]
    given = QueryDict(mutable=True)
    for name, value in pairs:
        given.appendlist(name, value)
    return given


def _pairs(field: Control) -> list[tuple[str, str]]:
    if field.kind == "select":
        chosen = next((option.value for option in field.options if option.selected), "")
        return [(field.name, chosen.replace("\n", "\r\n"))]
    if field.kind == "choices":
        chosen_ids = [(field.parameter, option.value) for option in field.options]
        return [*chosen_ids, (field.name, (*field.values, "")[0])]
    values = field.values if field.kind == "check" else field.values or ("",)
    return [(field.name, value) for value in values]


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
        ("failures", "since=2026-06-15&until=2026-06-15"),
        ("runs", "since=2026-06-15T09:22:33.5%2B02:00&until=today&deployment_environment_id=env_a"),
    ],
)
def test_a_form_that_nobody_has_changed_asks_for_the_same(
    page: str, query: str, settings: Any, account: Account
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
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


def test_what_is_chosen_is_counted_and_a_single_one_is_called_by_name() -> None:
    stored_deployments(deployment_record("a", name="Nightly"), deployment_record("b", name="Weekly"))
    shown = [
        control(listed("runs", query), "deployment").placeholder
        for query in ("", "deployment_id=dep_a", "deployment_id=dep_a&deployment_id=dep_b")
    ]
    assert shown == ["All deployments", "Nightly", "2 selected"]


def test_a_page_carries_only_what_is_in_force() -> None:
    Deployment.objects.bulk_create(
        Deployment(deployment_id=f"dep_{n}", account="default", name=f"Job {n}") for n in range(40)
    )
    page = listed("runs", "deployment=job+7&deployment_id=dep_8")
    field = control(page, "deployment")
    assert field.options == (
        Option("dep_7", "Job 7", selected=True),
        Option("dep_8", "Job 8", selected=True),
    )
    assert (field.kind, field.parameter, field.values) == ("choices", "deployment_id", ())
    assert field.choices_url == "/choices/deployment/"
    assert "deployment_id" not in dict(page.hidden)


def test_what_was_typed_and_is_not_clear_stays_in_its_field() -> None:
    stored_deployments(deployment_record("a"), deployment_record("b"))
    assert control(listed("runs", "deployment=dep_&deployment=b"), "deployment").values == ("dep_",)


@pytest.mark.parametrize(
    ("query", "fields", "current"),
    [
        ("", ("", ""), []),
        ("since=24h", ("", ""), ["24h"]),
        ("since=today", ("", ""), ["today"]),
        ("since=last+night&until=last-night", ("", ""), ["last night"]),
        ("since=last-night", ("", ""), []),
        ("since=24h&until=2026-06-16T08:00", ("", "2026-06-16T08:00"), []),
        ("since=2026-06-15&until=2026-06-15", ("2026-06-15T00:00", "2026-06-16T00:00"), []),
        ("since=2026-06-15T09:22:33.5%2B02:00", ("2026-06-15T07:22:33.500", ""), []),
        ("since=2026-06-15T09:22:33", ("2026-06-15T09:22:33", ""), []),
    ],
)
def test_native_fields_show_instants_and_presets_what_is_relative(
    query: str, fields: tuple[str, str], current: list[str]
) -> None:
    span = listed("runs", query).span
    assert span is not None
    assert (span.since, span.until, span.zone) == (*fields, "UTC")
    assert [preset.word for preset in span.presets if preset.current] == current
    assert span.active is any(fields)
    assert [preset.word for preset in span.presets if "until" in preset.url] == ["last night"]
