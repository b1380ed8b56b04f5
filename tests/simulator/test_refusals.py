"""Who is let in, what there is, and how the stand-in says no."""

from __future__ import annotations

import pytest

from dashboard.simulator import Simulator

from .http_calls import Api, call

UNAUTHORIZED = {
    "type": "error",
    "error": {"type": "authentication_error", "message": "Invalid API key or token."},
}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-api-key": "pt-right"},
        {"Authorization": "pt-right"},
        {"Authorization": "Basic pt-right"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer pt-wrong"},
    ],
)
def test_a_missing_wrong_or_misplaced_token_is_not_accepted(
    api: Api, sim: Simulator, headers: dict[str, str]
) -> None:
    sim.token = "pt-right"
    answer = api.ask("/deployments", headers=headers)
    assert (answer.status, answer.json) == (401, UNAUTHORIZED)


def test_the_right_token_is_accepted_and_may_change(api: Api, sim: Simulator) -> None:
    sim.token = "pt-right"
    bearer = {"Authorization": "Bearer pt-right"}
    assert api.ask("/deployments", headers=bearer).status == 200
    sim.token = "pt-next"
    assert api.ask("/deployments", headers=bearer).status == 401


def test_any_token_will_do_without_one_set_but_there_must_be_one(api: Api) -> None:
    assert api.ask("/deployments", headers={"Authorization": "Bearer pt-whatever"}).status == 200
    assert api.ask("/deployments", headers={}).status == 401


@pytest.mark.parametrize("path", ["", "/", "/sessions", "/deployments/dep_1", "/deployment_runs/"])
def test_another_path_is_not_found(api: Api, path: str) -> None:
    answer = api.ask(path)
    assert (answer.status, answer.json["error"]["type"]) == (404, "not_found_error")


def test_a_list_outside_the_base_path_is_not_found(api: Api) -> None:
    assert api.ask("/../../../deployments").status == 404
    root = api.url.removesuffix("/api/v1/cloud")
    assert call(root, "/deployments").status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_but_reading_is_allowed(api: Api, method: str) -> None:
    answer = api.ask("/deployments", method=method, body=b"{}")
    assert (answer.status, answer.json["error"]["type"]) == (405, "invalid_request_error")


def test_the_answer_to_head_has_no_body(api: Api) -> None:
    answer = api.ask("/deployments", method="HEAD")
    assert (answer.status, answer.body) == (405, b"")


def test_every_answer_echoes_the_request_id_or_makes_one(api: Api) -> None:
    headers = {"Authorization": "Bearer pt-x", "x-request-id": "mine"}
    for path in ("/deployments", "/nowhere"):
        assert api.ask(path, headers=headers).headers["x-request-id"] == "mine"
    assert len(api.ask("/deployments").headers["x-request-id"]) == 36


def test_the_request_id_is_in_the_envelope_of_the_newer_generation_only(api: Api, sim: Simulator) -> None:
    headers = {"x-request-id": "mine"}
    assert "request_id" not in api.ask("/deployments", headers=headers).json
    sim.generation = 2
    assert api.ask("/deployments", headers=headers).json == UNAUTHORIZED | {"request_id": "mine"}
