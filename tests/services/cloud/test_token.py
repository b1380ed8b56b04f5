"""The token: where it goes, and where it never goes."""

from __future__ import annotations

import json
import logging

import httpx
import pytest

from dashboard.domain.tokens import MASK
from dashboard.services.cloud import Cloud, CloudError, Nonsense, NotAccepted, Transport
from dashboard.simulator import Fault, Scripted, Simulator, serve
from tests.factories import NOW, deployment_record, run_record
from tests.services.cloud.support import URL, Api, page, raw, refusal
from tests.upstream import TOKEN, Upstream

OTHER = "pt-somebody-elses-0123456789"
SHAPELESS = "eyJhbGciOiJub25lIn0"  # a token of a service account has no prefix


def test_the_token_is_sent_in_one_header_and_nowhere_else() -> None:
    api = Api(page())
    api.runs()
    (request,) = api.asked
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    rest = [f"{name}: {value}" for name, value in request.headers.items() if name != "authorization"]
    assert TOKEN not in "".join([*rest, str(request.url), request.content.decode()])
    assert (request.method, request.content) == ("GET", b"")


def test_the_token_is_read_anew_for_every_request() -> None:
    tokens = iter(["pt-first-00000001"] * 1 + ["pt-second-0000002"] * 9)
    api = Api(refusal(503), page(), token=lambda: next(tokens))
    api.runs()
    assert [request.headers["authorization"] for request in api.asked] == [
        "Bearer pt-first-00000001",
        "Bearer pt-second-0000002",
    ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    api = Api(raw("", status, location="https://elsewhere.example/api"), page())
    with pytest.raises(Nonsense, match="a redirect, which is not followed"):
        api.runs()
    assert [request.url.host for request in api.asked] == ["api.qoder.example"]


def test_the_token_does_not_travel_to_where_a_redirect_leads(upstream: Upstream) -> None:
    elsewhere = Simulator(Scripted())
    with serve(elsewhere) as url:

        def lead_away(request: httpx.Request) -> httpx.Response:
            return httpx.Response(
                302, headers={"location": f"{url}/deployments"}, stream=httpx.ByteStream(b"")
            )

        cloud = Cloud(Transport(upstream.url, lambda: TOKEN, transport=httpx.MockTransport(lead_away)))
        with pytest.raises(Nonsense):
            list(cloud.deployments())
    assert elsewhere.log == []


def test_a_redirect_over_the_wire_is_not_followed(upstream: Upstream, cloud: Cloud) -> None:
    upstream.api.faults.append(Fault("redirect"))
    with pytest.raises(Nonsense) as caught:
        list(cloud.deployments())
    assert caught.value.status == 302
    assert len(upstream.api.log) == 1


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    cloud = Cloud(Transport(upstream.url, lambda: TOKEN))
    assert len(list(cloud.deployments())) == 1
    cloud.close()


@pytest.mark.parametrize(
    "token", ["", " ", "pt-with\nnewline-1", "pt-with\rreturn-1", "pt-é-12345678", "pt-\x00-123", "名前"]
)
def test_a_token_that_cannot_stand_in_a_header_is_not_accepted_and_not_shown(
    upstream: Upstream, token: str
) -> None:
    cloud = Cloud(Transport(upstream.url, lambda: token))
    with pytest.raises(NotAccepted) as caught:
        list(cloud.deployments())
    error = caught.value
    assert (error.message, error.status) == ("the token cannot be sent", None)
    assert len(error.request_id) == 32
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert upstream.api.log == []
    cloud.close()


def everything_in(error: CloudError) -> str:
    return "\n".join([str(error), repr(error), error.message, error.type, error.request_id])


@pytest.mark.parametrize("token", [TOKEN, SHAPELESS])
@pytest.mark.parametrize("template", ["bad token {}", "{}", "line\n{}", 'quoted "{}"', "{} and {}"])
def test_an_error_never_holds_the_token(token: str, template: str) -> None:
    text = template.replace("{}", token)
    answer = {"error": {"message": text, "type": text}, "request_id": text}
    with pytest.raises(CloudError) as caught:
        Api({"status_code": 400, "json": answer}, token=token).runs()
    assert token not in everything_in(caught.value)
    assert caught.value.message == template.replace("{}", MASK)


@pytest.mark.parametrize("token", [TOKEN, SHAPELESS])
def test_the_parameter_of_an_error_never_holds_the_token(token: str) -> None:
    with pytest.raises(CloudError) as caught:
        Api(refusal(400, message="no", param=token), token=token).runs()
    assert token not in caught.value.param


def test_somebody_elses_token_in_an_error_is_masked_too() -> None:
    with pytest.raises(CloudError) as caught:
        Api(refusal(400, message=f"{OTHER} is revoked", type=OTHER)).runs()
    assert caught.value.message == f"{MASK} is revoked"
    assert OTHER not in everything_in(caught.value)


def test_an_error_of_the_connection_is_masked() -> None:
    with pytest.raises(CloudError) as caught:
        Api(httpx.ConnectError(f"cannot send Bearer {TOKEN}")).runs()
    assert caught.value.message == f"no answer: cannot send Bearer {MASK}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_log_line_never_holds_the_token(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        Api(refusal(503, message=f"{TOKEN} {OTHER}"), httpx.ReadError(TOKEN), page()).runs()
    assert len([record for record in caplog.records if record.name.startswith("dashboard")]) == 2
    assert MASK in caplog.text
    assert TOKEN not in caplog.text
    assert OTHER not in caplog.text


@pytest.mark.parametrize("token", [TOKEN, SHAPELESS, OTHER, "x", "e"])
def test_records_are_data_and_stay_as_they_came(token: str) -> None:
    run = run_record(1, NOW, "failed", error={"type": token, "message": f"line\nasked with {token}"})
    run["notes"] = {token: [f"Bearer {token}"]}
    (read,) = Api(page(run), token=token).runs()[0].records
    assert json.loads(read.record_json) == run
    assert (read.error_type, read.error_message) == (token, f"line\nasked with {token}")
    record = deployment_record(token, initial_events=[{"type": "user.message", "content": f"use {token}"}])
    (kept,) = next(iter(Api(page(record), token=token).cloud.deployments())).records
    assert json.loads(kept.record_json) == record
    assert kept.name == token


def test_the_clients_own_texts_never_hold_the_token() -> None:
    api = Api(page())
    for thing in (api.cloud, api.transport, api.transport.__dict__):
        assert TOKEN not in repr(thing)
    assert str(api.transport._http.base_url).rstrip("/") == URL
