"""The server around the stand-in: loopback only, keep-alive, and nothing left behind."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

import pytest

from dashboard.simulator import Fault, Scripted, Simulator, serve
from dashboard.simulator.simulator import Environ

from .http_calls import AUTHORIZED, Api, call, connected


def test_a_connection_is_kept_for_several_requests(api: Api) -> None:
    path, connection = f"{urlsplit(api.url).path}/deployments", connected(api.url)
    for _ in range(3):
        connection.request("GET", path, headers=AUTHORIZED)
        response = connection.getresponse()
        assert (response.status, response.version, response.will_close) == (200, 11, False)
        response.read()
    connection.close()


def test_a_body_nobody_asked_for_does_not_upset_the_next_request(api: Api) -> None:
    path, connection = f"{urlsplit(api.url).path}/deployments", connected(api.url)
    statuses = []
    for method, body in (("POST", b"{}" * 500), ("GET", None)):
        connection.request(method, path, body=body, headers=AUTHORIZED)
        response = connection.getresponse()
        statuses.append((response.status, len(response.read()) > 0))
    connection.close()
    assert statuses == [(405, True), (200, True)]


def test_leaving_ends_open_connections_and_delays_and_leaves_no_thread(sim: Simulator) -> None:
    before = threading.active_count()
    sim.faults.append(Fault("delay", seconds=60, after=1))
    with serve(sim) as url:
        parts = urlsplit(url)
        idle = socket.create_connection((parts.hostname, parts.port))
        assert call(url, "/deployments").status == 200
        waiting = threading.Thread(target=_ignoring_the_end, args=(url,))
        waiting.start()
        while len(sim._log.finished) < 1 or sim.faults:
            time.sleep(0.01)
        started = time.monotonic()
    assert time.monotonic() - started < 5
    waiting.join()
    idle.close()
    assert threading.active_count() == before


def _ignoring_the_end(url: str) -> None:
    try:
        call(url, "/deployments")
    except (OSError, http.client.HTTPException):
        return


def test_a_client_that_goes_away_is_no_news(
    api: Api, sim: Simulator, capfd: pytest.CaptureFixture[str]
) -> None:
    sim.faults.append(Fault("delay", seconds=0.1))
    parts = urlsplit(api.url)
    client = socket.create_connection((parts.hostname, parts.port))
    client.sendall(f"GET {parts.path}/deployments HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    for _ in range(100):
        if sim.log:
            break
        time.sleep(0.01)
    assert api.deployments().status == 200
    assert capfd.readouterr() == ("", "")


def test_an_error_of_the_stand_in_itself_is_printed(
    api: Api, sim: Simulator, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sim, "world", None)
    with pytest.raises(http.client.RemoteDisconnected):
        api.deployments()
    assert "AttributeError" in capfd.readouterr().err


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com", ""])  # noqa: S104 (refused)
def test_a_host_beyond_the_loopback_is_refused(sim: Simulator, host: str) -> None:
    with pytest.raises(ValueError, match="not a loopback address"), serve(sim, host=host):
        pass


def test_the_port_may_be_chosen_and_must_be_free(sim: Simulator) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with serve(sim, port=port, host="localhost") as url:
        assert url == f"http://localhost:{port}/api/v1/cloud"
        assert call(url, "/deployments").status == 200
        with pytest.raises(OSError, match="in use"), serve(sim, port=port):
            pass


def test_the_log_has_what_was_asked_and_how(api: Api, sim: Simulator) -> None:
    api.ask("/deployment_runs", {"limit": "3"}, headers=AUTHORIZED | {"x-request-id": "mine"})
    (entry,) = sim.log
    assert (entry.method, entry.path) == ("GET", "/api/v1/cloud/deployment_runs")
    assert (entry.query, entry.status, entry.request_id) == ({"limit": "3"}, 200, "mine")
    assert entry.started <= entry.ended <= time.monotonic()
    assert entry.concurrent == 1


def test_the_log_has_how_many_requests_were_in_progress(api: Api, sim: Simulator) -> None:
    sim.faults.append(Fault("delay", seconds=0.4, times=3))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: api.runs(), range(3)))
    assert sorted(entry.concurrent for entry in sim.log) == [1, 2, 3]
    api.runs()
    assert sim.log[-1].concurrent == 1


def test_it_is_a_plain_wsgi_application_too(world: Scripted) -> None:
    environ: Environ = {}
    setup_testing_defaults(environ)
    environ |= {"PATH_INFO": "/api/v1/cloud/deployments", "HTTP_AUTHORIZATION": "Bearer pt-x"}
    started = []
    body = Simulator(world)(environ, lambda *given: started.append(given))
    assert started[0][0] == "200 OK"
    assert dict(started[0][1])["Content-Length"] == str(len(b"".join(body)))
