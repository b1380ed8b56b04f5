"""The API's records as plain objects: every field, both generations, and whatever else may come."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain import record_reading, record_text
from dashboard.domain.records import Malformed
from dashboard.services.cloud import DeploymentRecord, RunRecord
from tests.factories import NOW, deployment_record, newer_shape, run_record
from tests.services.cloud.support import Api, page, raw

SEEDS = Path(__file__).parents[1] / "simulator" / "seeds"
Raw = dict[str, Any]


def seed(name: str) -> Any:
    return json.loads((SEEDS / f"{name}.json").read_text("utf-8"))


def run(record: Any) -> RunRecord:
    """One run, the way every run comes."""
    ((result,),) = (run.records for run in Api(page(record)).runs())
    assert isinstance(result, RunRecord)
    return result


def deployment(record: Any) -> DeploymentRecord:
    """One deployment, the way every deployment comes."""
    ((result,),) = (deployment.records for deployment in Api(page(record)).cloud.deployments())
    return result


# -- The examples of the documentation --------------------------------------------------------------


def test_every_field_of_the_documented_runs_is_read() -> None:
    manual, scheduled = (run(record) for record in seed("deployment_runs")["data"])
    assert dataclasses.asdict(manual) | {"record_json": ""} == {
        "id": "drun_019ec55a68af73028afa5b87931cb2f3",
        "deployment_id": "dep_019ec55a2b687b3f94eee77dd77e4b2a",
        "status": "completed",
        "trigger_type": "manual",
        "triggered_at": datetime(2026, 6, 14, 8, 58, 17, 133340, tzinfo=UTC),
        "created_at": datetime(2026, 6, 14, 8, 58, 17, 133340, tzinfo=UTC),
        "started_at": datetime(2026, 6, 14, 8, 58, 17, 165588, tzinfo=UTC),
        "completed_at": datetime(2026, 6, 14, 8, 58, 34, 433744, tzinfo=UTC),
        "scheduled_at": None,
        "duration_ms": 17268,
        "duration_reported": True,
        "attempt": 1,
        "agent_id": "agent_019ebb21ef8e7df6a559052c94875160",
        "agent_version": 1,
        "session_id": "sess_019ec55a68b37e1e8d660691af161ab4",
        "turn_id": "turn_019ec55a68b87a9dafad75c1554d1102",
        "has_error": False,
        "error_type": "",
        "error_message": "",
        "not_understood": (),
        "record_json": "",
    }
    assert (scheduled.trigger_type, scheduled.duration_ms) == ("schedule", 15522)


def test_every_field_of_the_documented_deployment_is_read() -> None:
    shown_deployment = deployment(seed("deployments")["data"][0])
    assert dataclasses.asdict(shown_deployment) | {"record_json": ""} == {
        "id": "dep_019ec556114c78f8b60ee34fcb98bf59",
        "name": "api-doc-verification-deployment",
        "status": "active",
        "created_at": datetime(2026, 6, 14, 8, 53, 32, tzinfo=UTC),
        "updated_at": datetime(2026, 6, 14, 8, 53, 32, tzinfo=UTC),
        "archived_at": None,
        "agent_id": "agent_019eb4d4a06d747c865d5800b9c57ae2",
        "agent_version": 1,
        "environment_id": "env_019e64e01a137caf953ac2ac7b42ec5c",
        "paused_reason": "",
        "schedule_type": "cron",
        "expression": "0 9 * * *",
        "timezone": "Asia/Shanghai",
        "upcoming_runs_at": tuple(datetime(2026, 6, day, 1, tzinfo=UTC) for day in range(15, 20)),
        "unreadable_promises": 0,
        "timeout_ms": 300_000,
        "total_runs": 0,
        "total_failures": 0,
        "consecutive_failures": 0,
        "description": "Deployment created for API documentation verification",
        "pausing_error": "",
        "session_strategy": "new_session",
        "max_concurrent": 1,
        "max_retries": 0,
        "vault_ids": (),
        "initial_events": ({"kind": "user.message", "text": "Generate today's status report"},),
        "not_understood": (),
        "record_json": "",
    }


@pytest.mark.parametrize("name", ["deployments", "deployment_runs"])
def test_a_documented_page_is_read_whole_and_leads_on(name: str) -> None:
    body = seed(name)
    one = next(iter(getattr(Api({"status_code": 200, "json": body}).cloud, name)()))
    assert [record.id for record in one.records] == [record["id"] for record in body["data"]]
    assert (one.malformed, one.has_more) == (0, True)
    assert one.cursor == ("after_id", body["last_id"])
    assert [json.loads(record.record_json) for record in one.records] == body["data"]


@pytest.mark.parametrize("record", seed("deployment_runs")["data"])
def test_a_duration_that_is_not_reported_is_worked_out_as_the_api_does(record: Raw) -> None:
    known = record["duration_ms"]
    del record["duration_ms"]
    assert run(record).duration_ms == known


def test_a_run_of_the_newer_shape_has_eight_fields_and_no_outcome() -> None:
    shown_run = run(newer_shape(run_record(1, NOW)))
    assert (shown_run.status, shown_run.triggered_at, shown_run.completed_at, shown_run.duration_ms) == (
        None,
    ) * 4
    assert (shown_run.attempt, shown_run.started_at) == (None, None)
    assert (shown_run.created_at, shown_run.trigger_type, shown_run.agent_id) == (NOW, "schedule", "agent_a")
    assert shown_run.session_id.startswith("sess_")


def test_a_deployment_of_the_newer_shape_reports_no_counters() -> None:
    newer = deployment_record(
        metadata={"team": "night"},
        environment_variables="A=b\nC=d",
        initial_events=[{"type": "user.message", "content": [{"type": "text", "text": "Go"}]}],
    )
    shown_deployment = deployment(newer)
    assert (shown_deployment.timeout_ms, shown_deployment.total_runs, shown_deployment.total_failures) == (
        None,
        None,
        None,
    )
    assert json.loads(shown_deployment.record_json) == newer


# -- Tolerance --------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [run, deployment])
def test_an_id_is_all_that_a_record_needs(read: Any) -> None:
    asdict = dataclasses.asdict(read({"id": "x"}))
    assert asdict.pop("id") == "x"
    assert asdict.pop("record_json") == '{"id":"x"}'
    assert not any(asdict.values())


@pytest.mark.parametrize("full", [run_record(1, NOW, "failed"), deployment_record()])
def test_a_null_and_a_missing_key_are_alike(full: Raw) -> None:
    read = run if full["type"] == "deployment_run" else deployment
    for key in full.keys() - {"id"}:
        null = dataclasses.replace(read(full | {key: None}), record_json="")
        without = {name: value for name, value in full.items() if name != key}
        assert null == dataclasses.replace(read(without), record_json="")


ODD: list[Any] = [None, True, 5, 1.5, "text", [], ["a"], {}, {"type": []}, {"id": {}}, [[[]]], -1, 10**300]


@pytest.mark.parametrize("value", ODD)
def test_no_value_of_another_kind_costs_the_record(value: Any) -> None:
    for full, read in ((run_record(1, NOW), run), (deployment_record(), deployment)):
        for key in [key for key in full if key != "id"] + ["archived_at", "paused_reason", "metadata"]:
            assert read(full | {key: value}).id == full["id"]
        nested = full | {"schedule": {"upcoming_runs_at": value}, "cas_run_extras": {"started_at": value}}
        assert read(nested).id == full["id"]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("status", {"status": "cancelled"}),
        ("trigger_type", {"trigger_context": {"type": "webhook"}}),
        ("error_type", {"error": {"type": "brand_new_error", "message": "m"}}),
    ],
)
def test_an_unknown_word_of_a_run_is_kept(field: str, changes: Raw) -> None:
    word = changes.get("status") or next(iter(changes.values()))["type"]
    assert getattr(run(run_record(1, NOW, **changes)), field) == word


@pytest.mark.parametrize("word", ["manual", "error", "budget"])
def test_a_reason_for_a_pause_is_kept(word: str) -> None:
    assert deployment(deployment_record(paused_reason={"type": word})).paused_reason == word


def test_an_unknown_status_of_a_deployment_is_kept() -> None:
    assert deployment(deployment_record(status="draining")).status == "draining"


def test_unknown_keys_stay_in_the_record_at_any_depth() -> None:
    record = run_record(1, NOW, novelty={"deep": [{"er": 1}]})
    record["agent"]["colour"] = "red"
    assert json.loads(run(record).record_json) == record


def test_the_record_is_the_same_text_whatever_the_order_of_its_keys() -> None:
    record = run_record(1, NOW)
    assert run(record).record_json == run(dict(reversed(record.items()))).record_json


@pytest.mark.parametrize(
    "bad",
    [
        *(None, 5, "text", [], True, {}, {"id": None}, {"id": ""}, {"id": []}, {"id": True}),
        {"id": "x" * 257},
        {"type": "deployment_run", "status": "failed"},
    ],
)
def test_a_record_without_a_usable_id_is_left_out_and_counted(bad: Any) -> None:
    (runs,) = Api(page({"id": "a"}, bad, {"id": "b"})).runs()
    assert [record.id for record in runs.records] == ["a", "b"]
    assert runs.malformed == 1


@pytest.mark.parametrize("name", ["x", "x" * 256, "名" * 256, "../<b>", "drun 1"])
def test_an_id_is_opaque(name: str) -> None:
    assert run({"id": name}).id == name


def test_an_id_that_is_a_number_is_its_digits() -> None:
    assert run({"id": 17}).id == "17"


# -- Numbers, times, texts --------------------------------------------------------------------------


@pytest.mark.parametrize("digits", range(10))
def test_a_time_has_nought_to_nine_fractional_digits(digits: int) -> None:
    fraction = "133340942"[:digits]
    shown_run = run(run_record(1, NOW, triggered_at=f"2026-06-14T08:58:17{'.' if digits else ''}{fraction}Z"))
    assert shown_run.triggered_at == datetime(2026, 6, 14, 8, 58, 17, int(f"{fraction:0<6}"[:6]), tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ([], ()),
        (None, ()),
        ("2026-06-17T09:00:00Z", ()),
        (["nonsense", None, 5, {}], ()),
        (
            ["2026-06-18T09:00:00Z", "2026-06-17T11:00:00+02:00", "2026-06-17T09:00:00.000Z"],
            (datetime(2026, 6, 17, 9, tzinfo=UTC), datetime(2026, 6, 18, 9, tzinfo=UTC)),
        ),
    ],
)
def test_promised_instants_come_in_order_and_each_once(given_: Any, expected: tuple[datetime, ...]) -> None:
    assert deployment(deployment_record(schedule={"upcoming_runs_at": given_})).upcoming_runs_at == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 18_000),
        ({"duration_ms": 5}, 5),
        ({"completed_at": None}, None),
        ({"created_at": None}, None),  # its trigger may lie long before
        ({"created_at": "2026-06-16T10:00:00Z"}, 0),
        ({"session_id": "sess_x"}, None),  # when the session began is not known
        ({"session_id": "sess_x", "cas_run_extras": {"started_at": "2026-06-16T09:42:08Z"}}, 10_000),
        ({"cas_run_extras": {"started_at": "2026-06-16T09:42:08Z"}}, 10_000),
        ({"status": None}, 18_000),  # its error says that it failed
        ({"status": None, "error": None}, None),
        ({"status": "skipped"}, None),
        ({"status": "completed"}, None),
    ],
)
def test_a_failure_without_a_session_took_from_its_creation_to_its_end(
    changes: Raw, expected: int | None
) -> None:
    assert run(run_record(1, NOW, "failed") | changes).duration_ms == expected


@pytest.mark.parametrize(
    ("reported", "started", "completed", "expected"),
    [
        (500, "2026-06-14T08:00:00Z", "2026-06-14T09:00:00Z", 500),
        (0, None, None, 0),
        (-5, None, None, 0),
        (None, "2026-06-14T08:00:00Z", "2026-06-14T08:00:01.5Z", 1500),
        ("500", "2026-06-14T08:00:00Z", "2026-06-14T08:00:01Z", 500),
        ("1234.5", None, None, 1234),
        ("-7", None, None, 0),
        ("12 s", "2026-06-14T08:00:00Z", "2026-06-14T08:00:01Z", 1000),
        ("1e3", "2026-06-14T08:00:00Z", "2026-06-14T08:00:01Z", 1000),
        ("9" * 17, "2026-06-14T08:00:00Z", "2026-06-14T08:00:01Z", 1000),
        ([500], "2026-06-14T08:00:00Z", "2026-06-14T08:00:01Z", 1000),
        (True, "2026-06-14T08:00:00Z", "2026-06-14T08:00:01Z", 1000),
        (1234.5, "2026-06-14T08:00:00Z", "2026-06-14T08:00:01Z", 1234),
        (1e300, "2026-06-14T08:00:00Z", "2026-06-14T08:00:01Z", 1000),
        (2**53, "2026-06-14T08:00:00Z", "2026-06-14T08:00:01Z", 1000),
        (None, "2026-06-14T08:00:01Z", "2026-06-14T08:00:00Z", 0),
        (None, None, "2026-06-14T08:00:00Z", None),
        (None, "2026-06-14T08:00:00Z", None, None),
    ],
)
def test_a_duration_is_reported_or_worked_out_and_never_negative(
    reported: Any, started: str | None, completed: str | None, expected: int | None
) -> None:
    extras = {"started_at": started}
    shown_run = run({"id": "x", "duration_ms": reported, "completed_at": completed, "cas_run_extras": extras})
    assert shown_run.duration_ms == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((3, 3), (0, 0), (-1, -1), (2**53 - 1, 2**53 - 1), (2**53, None), (-(2**53), None), (10**400, None)),
        *((True, None), ("17", 17), (3.0, 3), (3.5, None), ("three", None), (None, None), ([3], None)),
    ],
)
def test_a_number_that_no_database_holds_is_left_out(value: Any, expected: int | None) -> None:
    assert run({"id": "x", "cas_run_extras": {"attempt": value}}).attempt == expected
    assert run({"id": "x", "agent": {"version": value}}).agent_version == expected


@pytest.mark.parametrize(
    ("error", "has", "kind", "message"),
    [
        (None, False, "", ""),
        ({"type": "timeout_error", "message": "Too slow"}, True, "timeout_error", "Too slow"),
        ({"message": "Only a message"}, True, "", "Only a message"),
        ({"type": "only_a_type"}, True, "only_a_type", ""),
        ("Just a text", True, "", "Just a text"),
        (["odd"], True, "", ""),
        (42, True, "", "42"),
        ({}, True, "", ""),
    ],
)
def test_an_error_is_there_whatever_it_says(error: Any, has: bool, kind: str, message: str) -> None:
    shown_run = run(run_record(1, NOW, error=error))
    assert (shown_run.has_error, shown_run.error_type, shown_run.error_message) == (has, kind, message)


@pytest.mark.parametrize(
    "text", ["half \ud83e a character", "\ud800\udbff", "nul \x00 nul", "名前 🦜", "\u202e<b>"]
)
def test_every_text_can_be_stored(text: str) -> None:
    error = {"type": text, "message": text}
    body = json.dumps({"has_more": False, "data": [run_record(1, NOW, error=error, deployment_id=text)]})
    ((result,),) = (run.records for run in Api(raw(body)).runs())
    for row in (result.error_type, result.error_message, result.deployment_id, result.record_json):
        assert row
        assert row.encode()
        assert "\x00" not in row


def test_a_good_text_stays_as_it_is() -> None:
    assert deployment(deployment_record(name="夜間 🦜 <b>&\n\t")).name == "夜間 🦜 <b>&\n\t"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_a_null(number: str) -> None:
    body = f'{{"has_more":false,"data":[{{"id":"x","duration_ms":{number},"more":{number}}}]}}'
    ((result,),) = (run.records for run in Api(raw(body)).runs())
    assert result.duration_ms is None
    assert json.loads(result.record_json) == {"id": "x", "duration_ms": None, "more": None}


def strictly(record: str) -> Any:
    """JSON as other programs read it."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(record, parse_constant=refuse)


def test_a_record_is_always_json() -> None:
    ((result,),) = (
        run.records for run in Api(raw('{"has_more":false,"data":[{"id":"x","more":1e999}]}')).runs()
    )
    assert strictly(result.record_json)


def test_a_number_that_python_does_not_read_costs_one_record_at_most() -> None:
    digits = "9" * 5000
    body = f'{{"has_more":false,"data":[{{"id":"a"}},{{"id":"b","more":{digits}}}]}}'
    (runs,) = Api(raw(body)).runs()
    assert runs.records[0].id == "a"


@pytest.mark.parametrize("depth", [90, 400, 900, 1000, 2000, 10_000, 100_000])
def test_deep_nesting_costs_one_record_at_most(depth: int) -> None:
    nested = "[" * depth + "1" + "]" * depth
    body = f'{{"has_more":false,"data":[{{"id":"a"}},{{"id":"b","more":{nested}}},{{"id":"c"}}]}}'
    (runs,) = Api(raw(body)).runs()
    kept = ["a", "b", "c"] if depth < 100 else ["a", "c"]
    assert ([record.id for record in runs.records], runs.malformed) == (kept, 3 - len(kept))


UNREAD: list[tuple[Any, str]] = [
    ("soon", '"soon"'),
    (7, "7"),
    (True, "true"),
    (["2026-06-14T08:00:00Z"], '["2026-06-14T08:00:00Z"]'),
    ({"at": 1}, '{"at": 1}'),
    ("pt-secret-0123456789", '"pt-…"'),
    ("x" * 200, '"' + "x" * 78 + "…"),
    ("\ud800", '"?"'),
]


@pytest.mark.parametrize(("value", "shown"), UNREAD)
def test_a_time_that_cannot_be_read_is_named_with_its_value(value: Any, shown: str) -> None:
    of_run = ("triggered_at", "created_at", "started_at", "completed_at", "scheduled_at")
    extras, trigger = {"started_at": value}, {"type": "schedule", "scheduled_at": value}
    plain = dict.fromkeys(("triggered_at", "created_at", "completed_at"), value)
    read = record_reading.read_run(
        {"id": "x", "cas_run_extras": extras, "trigger_context": trigger} | plain, "{}"
    )
    assert [(item.field, item.value) for item in read.not_understood] == [(name, shown) for name in of_run]
    of_deployment = ("created_at", "updated_at", "archived_at")
    other = record_reading.read_deployment({"id": "x"} | dict.fromkeys(of_deployment, value), "{}")
    assert [(item.field, item.value) for item in other.not_understood] == [(n, shown) for n in of_deployment]
    assert other.archived


@pytest.mark.parametrize("nothing", [None, "", 0, False, [], {}])
def test_a_time_that_is_not_there_is_not_called_unreadable(nothing: Any) -> None:
    names = ("triggered_at", "created_at", "completed_at", "duration_ms")
    read = record_reading.read_run({"id": "x"} | dict.fromkeys(names, nothing), "{}")
    assert read.not_understood == ()
    other = record_reading.read_deployment({"id": "x", "archived_at": nothing}, "{}")
    assert (other.not_understood, other.archived) == ((), False)


def test_a_length_that_cannot_be_read_is_named_and_not_called_reported() -> None:
    read = run(run_record(1, NOW, duration_ms="12 s"))
    assert [(item.field, item.value) for item in read.not_understood] == [("duration_ms", '"12 s"')]
    assert (read.duration_ms, read.duration_reported) == (17_000, False)


def test_times_in_other_forms_are_read_in_every_field() -> None:
    odd: Raw = {"started_at": "2026-06-16 09:42:00"}
    shown_run = run(
        run_record(
            1, NOW, triggered_at=1_781_602_920, created_at="1781602920000", completed_at=1_781_602_921.5
        )
        | {"cas_run_extras": odd, "trigger_context": {"scheduled_at": "2026-06-16 17:42:00 +0800"}}
    )
    assert shown_run.completed_at == NOW + timedelta(seconds=1.5)
    times = (shown_run.triggered_at, shown_run.created_at, shown_run.started_at, shown_run.scheduled_at)
    assert times == (NOW,) * 4
    schedule = {"upcoming_runs_at": [1_781_602_920, "soon", None, "2026-06-16 09:42:00", 0]}
    shown = deployment(deployment_record(schedule=schedule, archived_at=1_781_602_920_000))
    assert (shown.upcoming_runs_at, shown.unreadable_promises, shown.archived_at) == ((NOW,), 3, NOW)
    assert shown.archived


# -- The rules by themselves ------------------------------------------------------------------------

HOSTILE_TIMES = st.sampled_from(
    [
        *(
            "2026-06-16 09:42:00",
            "2026-06-16T09:42:00",
            "1781602920",
            "1781602920000",
            "soon",
            "1234",
            "1234.5",
        ),
        *(1_781_602_920, 1_781_602_920_000, 1_781_602_920.5, 1234.5, 10**400, 1e308, -1),
    ]
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=20)
    | HOSTILE_TIMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
KEYS = sorted(
    {*run_record(1, NOW, "failed"), *deployment_record(), "session_id", "duration_ms", "completed_at"}
)


@given(st.dictionaries(st.sampled_from(KEYS), json_values, max_size=8))
def test_any_object_is_a_record_or_malformed(record: Raw) -> None:
    for read in (record_reading.read_run, record_reading.read_deployment):
        text = record_text.canonical(record)
        try:
            result = read(record, text)
        except Malformed:
            continue
        assert 0 < len(result.id) <= 256
        assert all(len(item.value) <= 80 for item in result.not_understood)
        for value in dataclasses.asdict(result).values():
            assert not isinstance(value, str) or value == value.encode().decode()


def test_reading_a_record_again_gives_the_same_object() -> None:
    record = run_record(1, NOW)
    assert record_text.loads(record_text.canonical(record)) == record


@pytest.mark.parametrize("value", [run({"id": "x"}), deployment({"id": "x"})])
def test_a_record_cannot_be_changed(value: Any) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.id = "y"


@pytest.mark.parametrize("record_id", ["", None, "x" * 100_000])
def test_a_record_without_a_usable_id_is_none(record_id: str | None) -> None:
    with pytest.raises(Malformed):
        record_reading.read_run(run_record(1, NOW, id=record_id), "{}")
