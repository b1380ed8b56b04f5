"""How a definition changed, set beside what became of the runs before and after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dashboard.domain import record_text
from dashboard.domain.definitions import definition
from dashboard.models import DefinitionChange, Deployment, Run
from dashboard.services.deployments import definition_history as module
from dashboard.services.deployments.definition_history import DefinitionHistory, Side
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def changed(hours: float, *, known: bool = True, **before: Any) -> None:
    """A change of dep_a, seen so many hours ago; `before`: what was different until then."""
    at = NOW - hours * HOUR
    former = record_text.canonical(definition(deployment_record(**before)))
    DefinitionChange.objects.create(
        account="default",
        deployment_id="dep_a",
        known_at=at - HOUR / 6 if known else None,
        seen_at=at,
        words=list(before),
        before_json=former,
    )


def history() -> DefinitionHistory:
    deployment = Deployment.objects.get(deployment_id="dep_a")
    return module.definition_history(deployment, list(Run.objects.newest_first()))


def ran(hours: float, status: str, seconds: int, number: int) -> None:
    at = NOW - hours * HOUR
    stored_runs(run_record(number, at, status, duration_ms=seconds * 1000))


@pytest.fixture(autouse=True)
def deployment() -> None:
    stored_deployments(deployment_record(name="now"))


def test_each_change_is_compared_with_what_came_after_it() -> None:
    changed(5, name="first")
    changed(2, name="second", description="x")
    newest, oldest = history().entries
    assert (newest.title, oldest.title) == ("name, description changed", "name changed")
    assert [(each.path, each.lines) for each in newest.differences] == [
        ("description", ("-x",)),
        ("name", ("-second", "+now")),
    ]
    assert ("name", ("-first", "+second")) in [(each.path, each.lines) for each in oldest.differences]
    assert (newest.known_at, newest.seen_at) == (NOW - 2 * HOUR - HOUR / 6, NOW - 2 * HOUR)


def test_runs_are_counted_on_the_side_on_which_they_surely_are() -> None:
    changed(5, name="first")
    changed(2, name="second")
    number = 0
    for hours in (9, 8, 7, 6.5, 6):  # before both
        ran(hours, "completed", 20, number := number + 1)
    ran(5.1, "failed", 1, number := number + 1)  # between the two readings: on neither side
    for hours in (5, 4, 3.5, 3, 2.5):
        ran(hours, "completed", 60, number := number + 1)
    ran(1, "failed", 1, number := number + 1)
    newest, oldest = history().entries
    assert (oldest.before, oldest.after) == (Side(0, 5, "20 s (5 runs)"), Side(0, 5, "1 min (5 runs)"))
    assert (newest.before, newest.after) == (Side(0, 5, "1 min (5 runs)"), Side(1, 1, ""))
    assert (oldest.compared, newest.compared) == (True, False)


def test_a_change_whose_earlier_reading_is_not_known_ends_the_side_before_it_where_it_was_seen() -> None:
    changed(2, known=False, name="first")
    ran(2.01, "failed", 1, 1)
    [entry] = history().entries
    assert (entry.known_at, entry.before.finished) == (None, 1)


def test_only_the_latest_are_shown_and_more_are_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SHOWN", 2)
    for hours in (3, 2, 1):
        changed(hours, name=f"{hours}")
    assert [entry.differences[0].lines[0] for entry in history().entries] == ["-1", "-2"]
    assert history().more


def test_the_journal_of_another_account_is_not_its_own() -> None:
    changed(1, name="first")
    DefinitionChange.objects.update(account="other")
    assert history() == DefinitionHistory((), more=False)


def test_a_plot_marks_each_but_a_new_version_of_the_agent_alone(django_assert_num_queries: Any) -> None:
    changed(2, name="first")
    changed(1, agent={"id": "agent_a", "version": 0})
    runs = list(Run.objects.newest_first())
    deployment = Deployment.objects.get(deployment_id="dep_a")
    with django_assert_num_queries(1):
        shown = module.definition_history(deployment, runs)
    assert module.marks(shown) == [(NOW - 2 * HOUR, "name changed")]
