"""What a page calls the deployments that it is asked for, and which ones a typed text means."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.http import QueryDict

from dashboard.filters import Query
from dashboard.services.cloud.accounts import Account
from dashboard.services.lists import deployment_names
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from dashboard.web.components import ChoiceLink, Ignored
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


def asked(query: str, page: str = "runs") -> Query:
    return read_question(page, QueryDict(query), Snapshot(NOW))


def read(*named: tuple[str, str], account: str = "default") -> None:
    """Deployments of those ids and names."""
    stored_deployments(*(deployment_record(key) | {"name": name} for key, name in named), account=account)


@pytest.mark.parametrize(
    ("deployments", "expected"),
    [
        ([("one", "a", "Nightly")], {"a": "Nightly"}),
        ([("one", "a", "")], {"a": "a"}),
        ([("one", "a", "Nightly"), ("two", "b", "Nightly")], {"a": "Nightly (one)", "b": "Nightly (two)"}),
        ([("one", "a", "Nightly"), ("one", "b", "Nightly")], {"a": "Nightly (a)", "b": "Nightly (b)"}),
        ([("one", "a", "Nightly"), ("two", "a", "Nightly")], {"a": "Nightly"}),  # one choice of both
        ([("one", "a", "Nightly"), ("two", "a", "Weekly")], {"a": "Nightly or Weekly"}),
        (
            [("one", "a", "X"), ("two", "a", "X"), ("two", "b", "X")],
            {"a": "X (a)", "b": "X (b)"},
        ),
        ([("one", "a", "b"), ("one", "b", "")], {"a": "b (a)", "b": "b (b)"}),
        ([("one", "a", "x" * 300)], {"a": "x" * 79 + "…"}),
        ([("one", "a", "<b>&"), ("one", "b", "\u202eevil")], {"a": "<b>&", "b": "\u202eevil"}),
    ],
)
def test_deployments_of_one_name_are_called_apart(
    deployments: list[deployment_names.Named], expected: dict[str, str]
) -> None:
    assert deployment_names.labels(deployments) == expected


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


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("dep_a", ["dep_a"]),
        ("dep_unread", ["dep_unread"]),  # it has runs, though it has not been read itself
        ("Nightly", ["dep_a"]),  # rather than the two that contain it
        ("nightly", ["dep_a"]),
        ("NIGHTLY REPORT", ["dep_b"]),
        ("report", ["dep_b", "dep_c"]),
        ("dep_d", ["dep_d"]),  # an id rather than the name of another one
        ("Twice", ["dep_e", "dep_f"]),
        ("ep_c", ["dep_c"]),
        ("%", []),
        ("nobody", []),
    ],
)
def test_a_text_means_an_id_or_a_name_or_what_contains_it(typed: str, ids: list[str]) -> None:
    read(("a", "Nightly"), ("b", "Nightly report"), ("c", "Weekly report"), ("d", "D"), ("g", "dep_d"))
    read(("e", "Twice"), ("f", "Twice"))
    stored_runs(run_record(1, NOW, deployment_id="dep_unread"))
    assert deployment_names.meant_by(typed) == ids


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
    query = read_question(
        "runs of a deployment", QueryDict("deployment=a"), Snapshot(NOW), path="/deployments/dep_a/"
    )
    assert [ignored.why for ignored in query.ignored] == ["this list has no such parameter"]


def test_a_deployment_is_meant_by_what_a_page_calls_it() -> None:
    read(("a", "Nightly"), ("c", ""))
    read(("b", "Nightly"), account="second")
    for ids in (["a", "b"], ["a", "b", "c"]):
        for id_, label in deployment_names.labels_of(ids).items():
            assert deployment_names.meant_by(label) == [id_]
