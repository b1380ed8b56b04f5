"""The stand-in API as a WSGI application: authentication, routing, faults and the log.

`/api/v1/cloud/deployments` and `/api/v1/cloud/deployment_runs` answer GET as the API does. Beside them,
outside the API and for callers on this machine only, `POST /faults` adds a fault and `DELETE /faults`
removes them all.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl

from dashboard.simulator.endpoints import list_request
from dashboard.simulator.faults import Fault, draw, fault_from
from dashboard.simulator.filters import ALL_DEPLOYMENTS, ALL_RUNS
from dashboard.simulator.parameters import CURSORS, Generation
from dashboard.simulator.records import World
from dashboard.simulator.refusals import Refusal, not_found, unauthorized, wrong_method
from dashboard.simulator.replies import Reply, befallen, broken, json_reply, refused
from dashboard.simulator.requestlog import Log, OpenRequest, Request
from dashboard.simulator.shapes import shape_of

BASE = "/api/v1/cloud"
FAULTS = "/faults"
SLEEP = "simulator.sleep"
ENDPOINTS = ("deployments", "deployment_runs")

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Simulator:
    """The stand-in for one account.

    token: the one that is accepted; None accepts any, but wants one. generation: 1, 2 or "mixed".
    faults: trouble to come, see Fault. refuses_removed_filters: whether generation 2 answers 400 to `status`
    on runs instead of ignoring it. Everything may be set between requests.
    """

    def __init__(self, world: World, token: str | None = None, generation: Generation = 1) -> None:
        """Serve a world."""
        self.world, self.token, self.generation = world, token, generation
        self.faults: list[Fault] = []
        self.refuses_removed_filters = False
        self._log = Log()
        self._lock = threading.Lock()

    @property
    def log(self) -> list[Request]:
        """The requests to the API so far, in the order in which they were answered."""
        return self._log.finished

    def deployments(self) -> list[Any]:
        """Every deployment as the API would list it now, archived ones included, newest first."""
        return self._truth(self.world.deployment_rows().walk(ALL_DEPLOYMENTS))

    def runs(self) -> list[Any]:
        """Every run as the API would list it now, newest first."""
        return self._truth(self.world.run_rows().walk(ALL_RUNS))

    def _truth(self, records: Iterable[Any]) -> list[Any]:
        shown = list(map(shape_of(self.generation), records))
        # Through JSON: a copy, exactly as a client would read it, and far quicker than copying.
        copied: list[Any] = json.loads(json.dumps(shown))
        return copied

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; raises ConnectionResetError where a fault wants the connection reset."""
        entry = _open_request(environ)
        control = entry.path == FAULTS
        reply = self._control(environ) if control else self._logged(entry, environ)
        headers = {"x-request-id": entry.request_id} | reply.headers
        start_response(reply.status_line(), replace(reply, headers=headers).header_list())
        sleep = environ.get(SLEEP, time.sleep)
        return reply.slowly(sleep) if reply.pause else [reply.body]

    def _logged(self, entry: OpenRequest, environ: Environ) -> Reply:
        self._log.open(entry)
        status = 0
        try:
            reply = self._answer(entry, environ)
            status = reply.status
        finally:
            self._log.close(entry, status)
        return reply

    def _answer(self, entry: OpenRequest, environ: Environ) -> Reply:
        fault = self._drawn(entry, environ.get(SLEEP, time.sleep))
        named = entry.request_id if self.generation == 2 else None
        if fault and fault.kind == "reset":
            raise ConnectionResetError("reset on request")
        reply = broken(fault, named) if fault else None
        reply = reply or self._listed(entry, environ, fault, named)
        return befallen(reply, fault) if fault else reply

    def _drawn(self, entry: OpenRequest, sleep: Callable[[float], Any]) -> Fault | None:
        """The fault that decides this answer, after every delay that is due."""
        cursor = any(name in entry.query for name in CURSORS)
        with self._lock:
            drawn = draw(self.faults, entry.path, cursor=cursor)
        sleep(sum(fault.seconds for fault in drawn if fault.kind == "delay"))
        return next((fault for fault in drawn if fault.kind != "delay"), None)

    def _listed(self, entry: OpenRequest, environ: Environ, fault: Fault | None, named: str | None) -> Reply:
        try:
            self._authorize(environ)
            return json_reply(self._page(entry, fault))
        except Refusal as refusal:
            return refused(refusal, named)

    def _authorize(self, environ: Environ) -> None:
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme != "Bearer" or not token or token != (self.token or token):
            raise unauthorized()

    def _page(self, entry: OpenRequest, fault: Fault | None) -> dict[str, Any]:
        endpoint = entry.path.removeprefix(f"{BASE}/")
        if endpoint not in ENDPOINTS or endpoint == entry.path:
            raise not_found(entry.path)
        if entry.method != "GET":
            raise wrong_method(entry.method)
        strict = self.refuses_removed_filters
        return list_request(self.world, endpoint, entry.query, self.generation, strict=strict).answer(fault)

    def _control(self, environ: Environ) -> Reply:
        """Add a fault or clear them; distinguished from the API by its path, and never logged."""
        try:
            with self._lock:
                self._change_faults(environ)
        except Refusal as refusal:
            return refused(refusal, None)
        return json_reply({"faults": len(self.faults)})

    def _change_faults(self, environ: Environ) -> None:
        if not ip_address(environ.get("REMOTE_ADDR", "0.0.0.0")).is_loopback:  # noqa: S104 (nobody's address)
            raise not_found(FAULTS)
        if environ["REQUEST_METHOD"] == "DELETE":
            self.faults.clear()
        elif environ["REQUEST_METHOD"] == "POST":
            self.faults.append(_posted(environ))
        else:
            raise wrong_method(environ["REQUEST_METHOD"])


def _open_request(environ: Environ) -> OpenRequest:
    return OpenRequest(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
        request_id=environ.get("HTTP_X_REQUEST_ID") or str(uuid.uuid4()),
    )


def _posted(environ: Environ) -> Fault:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    try:
        return fault_from(dict(json.loads(body)))
    except (TypeError, ValueError) as error:
        raise Refusal(400, "invalid_request_error", str(error)) from None
