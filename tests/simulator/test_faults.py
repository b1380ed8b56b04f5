"""Trouble on request, as a client meets it on the wire."""

from __future__ import annotations

import http.client
import time

import pytest

from dashboard.simulator import Fault, Simulator
from dashboard.simulator.parameters import Generation

from .http_calls import Api, call
from .records import run_id

NEWEST = [run_id(9), run_id(8), run_id(7)]


def test_a_status_comes_with_an_envelope_of_its_own(api: Api, sim: Simulator) -> None:
    sim.faults.append(Fault("status", status=503, message="Busy.", type="overloaded_error"))
    answer = api.runs()
    assert answer.status == 503
    assert answer.json == {"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}}
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize("status", [403, 429, 500, 529])
def test_any_status_can_be_had(api: Api, sim: Simulator, status: int) -> None:
    sim.faults.append(Fault("status", status=status))
    assert api.runs().status == status


@pytest.mark.parametrize("late", [7, "8", "Sun, 14 Jun 2026 09:00:00 GMT"])
def test_retry_after_is_seconds_or_a_date(api: Api, sim: Simulator, late: str | int) -> None:
    sim.faults.append(Fault("status", status=429, retry_after=late))
    assert api.runs().headers["Retry-After"] == str(late)


def test_a_fault_is_used_up_after_its_times_and_leaves_the_list(api: Api, sim: Simulator) -> None:
    sim.faults.append(Fault("status", times=2))
    assert [api.runs().status for _ in range(4)] == [500, 500, 200, 200]
    assert sim.faults == []


def test_a_fault_may_last_for_good(api: Api, sim: Simulator) -> None:
    sim.faults.append(Fault("status", times=None))
    assert {api.runs().status for _ in range(5)} == {500}
    assert len(sim.faults) == 1


def test_a_fault_may_wait_for_some_requests_to_pass(api: Api, sim: Simulator) -> None:
    sim.faults.append(Fault("status", after=2))
    assert [api.runs().status for _ in range(4)] == [200, 200, 500, 200]


def test_a_fault_befalls_its_path_only(api: Api, sim: Simulator) -> None:
    sim.faults.append(Fault("status", path="deployment_runs"))
    assert api.deployments().status == 200
    assert api.runs().status == 500


def test_faults_are_met_one_after_the_other(api: Api, sim: Simulator) -> None:
    sim.faults += [Fault("status", status=503), Fault("status", status=429)]
    assert [api.runs().status for _ in range(3)] == [503, 429, 200]


def test_a_delay_comes_before_the_answer_whatever_that_is(api: Api, sim: Simulator) -> None:
    sim.faults += [Fault("delay", seconds=0.15), Fault("status", status=503)]
    started = time.monotonic()
    assert api.runs().status == 503
    assert time.monotonic() - started >= 0.15


def test_a_cut_body_is_half_of_what_was_promised(api: Api, sim: Simulator) -> None:
    whole = api.runs().body
    sim.faults.append(Fault("cut"))
    with pytest.raises(http.client.IncompleteRead) as caught:
        api.runs()
    assert caught.value.partial == whole[: len(whole) // 2]


@pytest.mark.parametrize(("status", "expected"), [(None, 502), (200, 200)])
def test_a_gateway_may_answer_in_html(api: Api, sim: Simulator, status: int | None, expected: int) -> None:
    sim.faults.append(Fault("html", status=status))
    answer = api.runs()
    assert answer.status == expected
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.body.startswith(b"<!doctype html>")


def test_a_reset_ends_the_connection_without_an_answer(api: Api, sim: Simulator) -> None:
    sim.faults.append(Fault("reset"))
    with pytest.raises(ConnectionResetError):
        api.runs()
    assert sim.log[-1].status == 0
    assert api.runs().status == 200


@pytest.mark.parametrize(("kind", "seconds"), [("stall", 0.1), ("drip", 0.0001)])
def test_a_body_may_come_slowly_and_comes_whole(api: Api, sim: Simulator, kind: str, seconds: float) -> None:
    whole, started = api.runs().body, time.monotonic()
    sim.faults.append(Fault(kind, seconds=seconds))
    assert api.runs().body == whole
    assert time.monotonic() - started >= 0.1


def test_a_redirect_leads_to_another_host(api: Api, sim: Simulator) -> None:
    sim.faults.append(Fault("redirect"))
    answer = api.runs()
    assert (answer.status, answer.body) == (302, b"")
    assert answer.headers["Location"].startswith("https://elsewhere.invalid/")


def test_a_duplicated_page_repeats_records_with_new_cursors(api: Api, sim: Simulator) -> None:
    first = api.runs(limit=3)
    true = api.runs(limit=3, after_id=first.json["last_id"])
    sim.faults.append(Fault("duplicates"))
    assert api.runs(limit=3).ids == NEWEST
    repeated = api.runs(limit=3, after_id=first.json["last_id"])
    assert repeated.json == true.json | {"data": first.json["data"]}
    assert api.runs(limit=3, after_id=first.json["last_id"]).json == true.json


def test_a_vanished_cursor_is_unknown_once_and_a_first_page_is_spared(api: Api, sim: Simulator) -> None:
    sim.faults.append(Fault("vanish"))
    assert api.runs().status == 200
    answer = api.runs(after_id=run_id(5))
    assert (answer.status, answer.json["error"]["param"]) == (400, "after_id")
    assert "no such cursor" in answer.json["error"]["message"]
    assert api.runs(after_id=run_id(5)).status == 200


def test_a_shuffled_page_has_the_same_records_in_another_order(api: Api, sim: Simulator) -> None:
    sim.faults.append(Fault("shuffle"))
    answer = api.runs(limit=3)
    assert answer.ids != NEWEST
    assert sorted(answer.ids, reverse=True) == NEWEST
    assert answer.json["last_id"] == run_id(7)


def test_a_malformed_record_is_a_text_and_the_next_time_one_without_id(api: Api, sim: Simulator) -> None:
    sim.faults.append(Fault("malformed", times=2))
    data = [api.runs(limit=3).json["data"] for _ in range(3)]
    assert data[0] == [data[2][0], "garbage", data[2][2]]
    assert data[1] == [data[2][0], {"type": "garbage"}, data[2][2]]


@pytest.mark.parametrize(("generation", "param"), [(1, "after_id"), (2, "page"), ("mixed", "page")])
@pytest.mark.parametrize("start", [None, run_id(7)])
def test_an_empty_page_has_more_and_holds_the_next_cursor(
    api: Api, sim: Simulator, generation: Generation, param: str, start: str | None
) -> None:
    sim.generation = generation
    query = {"after_id": start} if start else {}
    expected = api.ask("/deployment_runs", query).ids
    sim.faults.append(Fault("empty"))
    empty = api.ask("/deployment_runs", query).json
    assert empty == {"data": [], "first_id": None, "has_more": True, "last_id": None} | {
        "next_page": empty["next_page"]
    }
    assert api.ask("/deployment_runs", {param: empty["next_page"]}).ids == expected


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown fault kind 'flood'"):
        Fault("flood")


def test_faults_can_be_added_and_cleared_over_http(api: Api, sim: Simulator) -> None:
    root = api.url.removesuffix("/api/v1/cloud")
    body = b'{"kind": "status", "status": "503", "times": null, "after": "0", "seconds": "0.5"}'
    assert call(root, "/faults", method="POST", headers={}, body=body).json == {"faults": 1}
    assert sim.faults == [Fault("status", status=503, times=None, after=0, seconds=0.5)]
    assert api.runs().status == 503
    assert call(root, "/faults", method="DELETE", headers={}).json == {"faults": 0}
    assert api.runs().status == 200
    assert [entry.path for entry in sim.log] == ["/api/v1/cloud/deployment_runs"] * 2


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"[1]", b'{"times": 1}', b'{"kind": "flood"}', b'{"kind": "cut", "x": 1}']
)
def test_a_fault_that_is_none_is_refused(api: Api, sim: Simulator, body: bytes) -> None:
    root = api.url.removesuffix("/api/v1/cloud")
    assert call(root, "/faults", method="POST", headers={}, body=body).status == 400
    assert sim.faults == []


def test_faults_are_controlled_only_by_their_methods_and_this_machine(api: Api, sim: Simulator) -> None:
    root = api.url.removesuffix("/api/v1/cloud")
    assert call(root, "/faults", headers={}).status == 405
    statuses: list[str] = []
    environ = {"REQUEST_METHOD": "DELETE", "PATH_INFO": "/faults", "REMOTE_ADDR": "192.0.2.7"}
    sim.faults.append(Fault("cut"))
    sim(environ, lambda status, headers: statuses.append(status))
    assert statuses == ["404 Not Found"]
    assert len(sim.faults) == 1
