"""What was typed for a deployment, an agent or an environment: ids take its place on a page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.http import QueryDict

from dashboard.filters import Query
from dashboard.services.cloud.accounts import Account
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from dashboard.web.components import ChoiceLink, Ignored
from tests.factories import NOW, deployment_record, stored_deployments

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


def asked(query: str, page: str = "runs", **where: str) -> Query:
    return read_question(page, QueryDict(query), Snapshot(NOW), **where)


def read(*named: tuple[str, str], account: str = "default") -> None:
    """Deployments of those ids and names."""
    stored_deployments(*(deployment_record(key) | {"name": name} for key, name in named), account=account)


def used(key: str, name: str, agent: str, environment: str) -> None:
    """A deployment with that agent and environment."""
    stored_deployments(
        deployment_record(key) | {"name": name, "agent": {"id": agent}, "environment_id": environment}
    )


@pytest.mark.parametrize("page", ["runs", "failures"])
def test_chips_and_titles_call_deployments_by_name(page: str) -> None:
    read(("a", "Nightly"), ("b", "Twice"), ("c", "Twice"), ("d", ""))
    query = asked(
        "deployment_id=dep_a&deployment_id=dep_b&deployment_id=dep_d&deployment_id=dep_unread", page
    )
    names = ["Nightly", "Twice (dep_b)", "dep_d", "dep_unread"]
    assert [(chip.label, chip.text) for chip in query.chips] == [("deployment", name) for name in names]
    assert query.words == f"deployment {' or '.join(names)}"
    assert query.url(q="x").count("deployment_id=dep_") == 4
    assert query.with_values(deployment_id="dep_b").words == "deployment Twice (dep_b)"


def test_one_name_in_two_accounts_is_called_by_its_account_too(settings: Any, account: Account) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    read(("a", "Nightly"))
    read(("b", "Nightly"), account="other")
    assert asked("deployment_id=dep_b").words == "deployment Nightly (other)"


def test_a_typed_deployment_becomes_its_id_beside_those_that_are_asked_for() -> None:
    read(("a", "Nightly"), ("b", "Weekly"))
    query = asked("deployment=weekly&deployment_id=dep_a&since=24h")
    assert query.here == "/runs/?deployment_id=dep_a&deployment_id=dep_b&since=24h"
    assert (query.ignored, query.words) == ((), "deployment Nightly or Weekly, since 24h")


def test_a_typed_text_that_means_no_deployment_is_named() -> None:
    read(("a", "Nightly"))
    query = asked("deployment=nobody&q=x&nonsense=1")
    assert query.here == "/runs/?q=x"
    assert query.ignored == (
        Ignored("nonsense", "1", "this list has no such parameter"),
        Ignored("deployment", "nobody", "no deployment has this id or name, or has it in its name"),
    )


def test_a_typed_text_that_means_several_offers_them() -> None:
    read(*((str(n), f"Report {n}") for n in range(7)))
    [ignored] = asked("deployment=report&since=24h").ignored
    assert (ignored.value, ignored.why) == ("report", "7 deployments may be meant")
    assert ignored.instead == (
        *(ChoiceLink(f"Report {n}", f"/runs/?deployment_id=dep_{n}&since=24h") for n in range(5)),
        ChoiceLink("all of them", "/deployments/?include_archived=true&q=report"),
    )
    [ignored] = asked("deployment=report+1&deployment=report").ignored
    assert ignored.instead[0].url == "/runs/?deployment_id=dep_0&deployment_id=dep_1"


def test_a_page_of_one_deployment_takes_no_other_by_name() -> None:
    query = asked("deployment=a&agent=b&environment=c", "runs of a deployment", path="/deployments/dep_a/")
    assert [ignored.why for ignored in query.ignored] == ["this list has no such parameter"] * 3


@pytest.mark.parametrize(
    ("page", "typed", "address"),
    [
        (
            "runs",
            "agent=nightly&environment=env_b",
            "/runs/?deployment_environment_id=env_b&agent_id=agent_a",
        ),
        (
            "deployments",
            "agent=t_b&environment=Nightly",
            "/deployments/?agent_id=agent_b&environment_id=env_a",
        ),
        (
            "calendar",
            "deployment=weekly&agent=agent_old",
            "/calendar/?deployment_id=dep_b&agent_id=agent_old",
        ),
        ("failures", "agent=agent_a&agent=agent_b", "/failures/?agent_id=agent_a&agent_id=agent_b"),
        ("wallboard", "deployment=Nightly", "/wallboard/?deployment_id=dep_a"),
    ],
)
def test_an_agent_and_an_environment_are_typed_by_id_or_by_a_deployment_that_uses_them(
    page: str, typed: str, address: str
) -> None:
    used("a", "Nightly", "agent_a", "env_a")
    used("b", "Weekly", "agent_b", "env_b")
    query = asked(typed, page)
    assert (query.here, query.ignored) == (address, ())


def test_an_agent_is_called_by_the_deployments_that_use_it() -> None:
    used("a", "Nightly", "agent_a", "env_a")
    used("b", "Weekly", "agent_a", "env_b")
    assert (
        asked("agent_id=agent_a&agent_id=agent_old").words
        == "agent agent_a (Nightly and 1 more) or agent_old"
    )


def test_an_agent_that_is_not_clear_offers_those_that_may_be_meant() -> None:
    for n in range(7):
        used(str(n), f"Report {n}", f"agent_{n}", "env_a")
    none, several = asked("agent=report&agent=\x07").ignored
    assert (several.why, len(several.instead)) == ("7 agents may be meant", 5)
    assert several.instead[0] == ChoiceLink("agent_0 (Report 0)", "/runs/?agent_id=agent_0")
    assert none.why == "no agent has this id"
