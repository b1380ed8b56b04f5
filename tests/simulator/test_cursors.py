"""Paging: what lies after and before a record, and which cursors are refused."""

from __future__ import annotations

import pytest

from dashboard.simulator import Scripted

from .http_calls import Api
from .records import deployment_id, run, run_id
from .test_parameters import refused


def runs(*numbers: int) -> list[str]:
    return [run_id(number) for number in numbers]


def test_after_a_record_come_the_older_ones_without_it(api: Api) -> None:
    page = api.runs(after_id=run_id(7), limit=3)
    assert page.ids == runs(6, 5, 4)
    assert (page.json["first_id"], page.json["last_id"]) == (run_id(6), run_id(4))
    assert (page.json["has_more"], page.json["next_page"]) == (True, run_id(4))


def test_before_a_record_come_the_nearest_newer_ones_newest_first(api: Api) -> None:
    page = api.runs(before_id=run_id(4), limit=3)
    assert page.ids == runs(7, 6, 5)
    assert page.json["has_more"] is True
    last = api.runs(before_id=run_id(7), limit=3)
    assert last.ids == runs(9, 8)
    assert (last.json["has_more"], last.json["next_page"]) == (False, None)


def test_nothing_lies_beyond_either_end(api: Api) -> None:
    assert api.runs(after_id=run_id(0)).ids == api.runs(before_id=run_id(9)).ids == []


def test_has_more_is_true_exactly_where_another_record_follows(api: Api) -> None:
    assert api.runs(after_id=run_id(3), limit=2).json["has_more"] is True
    assert api.runs(after_id=run_id(3), limit=3).json["has_more"] is False


def test_a_cursor_and_its_opposite_together_are_refused(api: Api) -> None:
    assert refused(api.runs(after_id=run_id(3), before_id=run_id(5)), "before_id")
    assert refused(api.deployments(after_id=deployment_id(3), before_id=deployment_id(1)), "before_id")


@pytest.mark.parametrize("param", ["after_id", "before_id"])
@pytest.mark.parametrize("cursor", ["drun_nobody", "", "dG9w", "Y3Vyc29yPw=="])
def test_a_cursor_nobody_knows_is_refused_by_name(api: Api, param: str, cursor: str) -> None:
    answer = api.runs(**{param: cursor})
    assert refused(answer, param)
    assert cursor in answer.json["error"]["message"]


def test_a_record_outside_the_filter_still_marks_a_place(api: Api, world: Scripted) -> None:
    world.runs[3]["status"] = "failed"
    assert api.runs(after_id=run_id(6), status="failed").ids == runs(3)
    assert api.deployments(after_id=deployment_id(2)).ids == [deployment_id(1), deployment_id(0)]


def test_walking_the_cursors_meets_every_record_once(api: Api) -> None:
    for limit in (1, 3, 10, 11):
        assert api.walk("/deployment_runs", {"limit": limit}) == runs(*range(9, -1, -1))


def test_a_record_on_top_of_the_list_does_not_disturb_a_walk(api: Api, world: Scripted) -> None:
    first = api.runs(limit=5)
    world.runs.append(run(10))
    assert api.runs(limit=5, after_id=first.json["last_id"]).ids == runs(4, 3, 2, 1, 0)
