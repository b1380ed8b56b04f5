"""What deployments are called, which ones a typed text means, and which ones are offered for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.models import Deployment
from dashboard.services.lists import deployment_names
from dashboard.web.components import Choice
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]


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


def test_what_is_offered_is_by_name_and_says_what_is_archived_or_gone() -> None:
    read(("a", "Nightly report"), ("b", "Weekly report"), ("c", "Digest"), ("d", "Weekly report"))
    Deployment.objects.filter(deployment_id="dep_a").update(archived_at=NOW)
    Deployment.objects.filter(deployment_id="dep_d").update(gone_at=NOW - timedelta(days=1))
    assert deployment_names.offered("report", 2) == (
        [Choice("dep_a", "Nightly report", "archived"), Choice("dep_b", "Weekly report (dep_b)")],
        3,
    )
    choices, total = deployment_names.offered("", 20)
    assert [(choice.value, choice.note) for choice in choices] == [
        *(("dep_c", ""), ("dep_a", "archived"), ("dep_b", ""), ("dep_d", "gone")),
    ]
    assert total == 4
    assert deployment_names.offered("nobody", 20) == ([], 0)


def test_a_deployment_is_meant_by_what_a_page_calls_it() -> None:
    read(("a", "Nightly"), ("c", ""))
    read(("b", "Nightly"), account="second")
    for ids in (["a", "b"], ["a", "b", "c"]):
        for id_, label in deployment_names.labels_of(ids).items():
            assert deployment_names.meant_by(label) == [id_]
