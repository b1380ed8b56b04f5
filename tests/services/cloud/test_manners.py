"""How the API is asked: one at a time, not too fast, and by name."""

from __future__ import annotations

import re
import time

import pytest

import dashboard
from dashboard.services.cloud import Cloud, NotAccepted, Refused, Transport, transport
from tests.factories import NOW, run_record
from tests.services.cloud.support import APART, Api, page, refusal
from tests.upstream import TOKEN, Upstream


def test_two_requests_begin_at_least_a_tenth_of_a_second_apart_one_at_a_time(
    upstream: Upstream, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "APART", APART)
    upstream.world.runs[:] = [run_record(n, NOW) for n in range(4)]
    began = time.monotonic()
    assert len(list(cloud.deployment_runs(limit=1))) == 4
    log = upstream.api.log
    assert log[-1].started - began >= 3 * APART
    assert {request.concurrent for request in log} == {1}


def test_the_pause_is_kept_between_walks_and_after_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "APART", APART)
    api = Api(page(), refusal(401), page())
    api.runs()
    assert api.waited == []
    with pytest.raises(NotAccepted):
        api.runs()
    api.runs()
    assert len(api.waited) == 2
    assert all(0.0 < pause <= APART for pause in api.waited)


def test_whoever_comes_late_enough_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "APART", APART)
    api = Api(page())
    api.runs()
    later = time.monotonic() + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    api.runs()
    assert api.waited == []


def test_every_request_says_who_asks_and_what_is_wanted() -> None:
    api = Api(page())
    api.runs()
    headers = api.asked[0].headers
    assert headers["user-agent"] == f"qoder-deployments-dashboard/{dashboard.__version__}"
    assert headers["accept"] == "application/json"


def test_every_request_has_an_id_of_its_own(upstream: Upstream, cloud: Cloud) -> None:
    upstream.world.runs[:] = [run_record(n, NOW) for n in range(3)]
    list(cloud.deployment_runs(limit=1))
    ids = [request.request_id for request in upstream.api.log]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{32}", request_id) for request_id in ids)


def test_an_answer_is_not_waited_for_for_ever() -> None:
    timeout = Api(page()).transport._http.timeout
    assert (timeout.connect, timeout.read, timeout.write, timeout.pool) == (10.0, 20.0, 20.0, 20.0)


def test_the_connection_is_kept_and_given_back(upstream: Upstream) -> None:
    client = Transport(upstream.url, lambda: TOKEN)
    client.get("/deployments", {})
    assert not client._http.is_closed
    Cloud(client).close()
    assert client._http.is_closed


def test_a_question_too_long_for_an_address_is_refused_before_it_is_sent() -> None:
    api = Transport("http://127.0.0.1:9/v1", lambda: TOKEN)
    with pytest.raises(Refused, match="makes no address"):
        api.get("/deployment_runs", {"after_id": "x" * 70_000})
    api.close()
