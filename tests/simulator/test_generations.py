"""The newer generation and the mixture: other limits, other cursors, other records."""

from __future__ import annotations

import pytest

from dashboard.simulator import Scripted, Simulator
from dashboard.simulator.records import Record

from .http_calls import Api
from .records import deployment, run, run_id
from .test_parameters import refused

FIELDS = ["id", "type", "deployment_id", "agent", "created_at", "error", "session_id", "trigger_context"]


@pytest.fixture
def newer(sim: Simulator) -> Simulator:
    sim.generation = 2
    return sim


def second(record: Record) -> Record:
    (shown,) = Simulator(Scripted(runs=[record]), generation=2).runs()
    assert isinstance(shown, dict)
    return shown


@pytest.mark.parametrize("limit", ["0", "101", "1000"])
def test_a_limit_above_a_hundred_is_refused(newer: Simulator, api: Api, limit: str) -> None:
    assert refused(api.runs(limit=limit), "limit")


def test_pages_are_walked_by_an_opaque_cursor_or_by_id(newer: Simulator, api: Api) -> None:
    page = api.runs(limit=4)
    assert run_id(6) not in page.json["next_page"]
    assert page.json["last_id"] == run_id(6)
    everything = [run_id(number) for number in range(9, -1, -1)]
    assert api.walk("/deployment_runs", {"limit": 4}, "page") == everything
    assert api.walk("/deployment_runs", {"limit": 4}, "after_id") == everything


def test_the_opaque_cursor_must_be_quoted_in_a_url(newer: Simulator, api: Api, world: Scripted) -> None:
    world.runs[:] = [run(number) for number in range(100, 400)]
    cursors = {api.runs(limit=1, after_id=run_id(number)).json["next_page"] for number in range(110, 120)}
    assert any(set(cursor) & set("+/=") for cursor in cursors)


def test_two_cursors_together_are_refused(newer: Simulator, api: Api) -> None:
    cursor = api.runs(limit=2).json["next_page"]
    assert refused(api.runs(page=cursor, after_id=run_id(3)), "after_id")
    assert refused(api.runs(page=cursor, before_id=run_id(3)), "before_id")


@pytest.mark.parametrize("cursor", [run_id(3), "Y3Vyc29yP25vYm9keT4+", "dG9w", "/w=="])
def test_a_page_nobody_knows_is_refused(newer: Simulator, api: Api, cursor: str) -> None:
    assert refused(api.runs(page=cursor), "page")


def test_a_run_has_eight_fields_and_no_status(newer: Simulator, api: Api) -> None:
    record = api.runs(limit=1).json["data"][0]
    assert list(record) == FIELDS
    assert record["created_at"] == "2026-06-14T00:00:09Z"


def test_of_session_and_error_one_is_null() -> None:
    error = {"type": "unknown_error", "message": "x"}
    assert second(run(1, error=error))["session_id"] is None
    assert second(run(1, error=error))["error"] == error
    assert second(run(1))["session_id"].startswith("sess_")
    unborn = run(1)
    del unborn["session_id"]
    assert second(unborn)["session_id"] is None


@pytest.mark.parametrize("trigger", ["schedule", "retry"])
def test_a_scheduled_run_names_its_slot(trigger: str) -> None:
    record = run(130, trigger_context={"type": trigger})
    expected = {"type": "schedule", "scheduled_at": "2026-06-14T00:02:00Z"}
    assert second(record)["trigger_context"] == expected
    shown = run(130, trigger_context={"type": trigger, "scheduled_at": "2026-06-14T00:01:00Z"})
    assert second(shown)["trigger_context"]["scheduled_at"] == "2026-06-14T00:01:00Z"
    assert second(run(1, trigger_context={"type": "manual"}))["trigger_context"] == {"type": "manual"}


def test_a_time_that_is_none_stays_as_it_is() -> None:
    assert second(run(1, created_at="soon"))["created_at"] == "soon"
    assert second(run(1, created_at=None))["created_at"] is None


def test_a_deployment_loses_its_counters_and_gains_variables_and_blocks() -> None:
    given = deployment(1)
    given["metadata"]["team"] = "data"
    given["initial_events"].append({"type": "user.define_outcome", "description": "d"})
    (record,) = Simulator(Scripted(deployments=[given]), generation=2).deployments()
    assert record["metadata"] == {"team": "data"}
    assert record["environment_variables"] == ""
    text = {"type": "text", "text": "Generate today's status report"}
    assert [event.get("content") for event in record["initial_events"]] == [[text], None]


def test_the_status_of_runs_is_no_longer_a_filter(newer: Simulator, api: Api, sim: Simulator) -> None:
    assert len(api.runs(status="failed").ids) == 10
    sim.refuses_removed_filters = True
    assert refused(api.runs(status="failed"), "status")
    assert len(api.runs().ids) == 10


def test_a_retry_is_no_longer_a_trigger_of_its_own(newer: Simulator, api: Api, world: Scripted) -> None:
    world.runs[3]["trigger_context"] = {"type": "retry"}
    assert refused(api.runs(trigger_type="retry"), "trigger_type")
    assert api.runs(trigger_type="schedule").ids == [run_id(3)]
    assert len(api.runs(trigger_type="manual").ids) == 9


@pytest.mark.parametrize(
    ("bounds", "numbers"),
    [
        ({"gte": "2026-06-14T00:00:08Z"}, (9, 8)),
        ({"gt": "2026-06-14T00:00:08Z"}, (9,)),
        ({"lt": "2026-06-14T00:00:02"}, (1, 0)),
        ({"lte": "2026-06-14T02:00:02+02:00"}, (2, 1, 0)),
        ({"gt": "2026-06-14T00:00:02Z", "lte": "2026-06-14T00:00:04Z"}, (4, 3)),
    ],
)
def test_the_time_of_creation_is_a_filter(
    newer: Simulator, api: Api, bounds: dict[str, str], numbers: tuple[int, ...]
) -> None:
    query = {f"created_at[{word}]": at for word, at in bounds.items()}
    assert api.ask("/deployment_runs", query).ids == [run_id(number) for number in numbers]


def test_a_bound_that_is_no_time_is_refused_by_the_newer_generation(api: Api, sim: Simulator) -> None:
    query = {"created_at[gte]": "yesterday"}
    assert api.ask("/deployments", query).status == 200
    sim.generation = 2
    assert refused(api.ask("/deployments", query), "created_at[gte]")


def test_the_mixture_has_both_shapes_and_each_record_keeps_its_own(
    api: Api, sim: Simulator, world: Scripted
) -> None:
    world.runs[:] = [run(number) for number in range(100)]
    sim.generation = "mixed"
    page = api.runs(limit=1000)
    older = [record["id"] for record in page.json["data"] if "status" in record]
    assert 20 < len(older) < 80
    assert [record["id"] for record in sim.runs() if "status" in record] == older


def test_a_record_of_an_unknown_type_is_left_alone() -> None:
    world = Scripted(runs=[{"id": "x", "type": "other"}, "garbage"])
    assert Simulator(world, generation=2).runs() == [{"id": "x", "type": "other"}, "garbage"]
