"""One fault after another, over real HTTP: pages answer and say the real reason, and nothing is lost after.

`docs/faults.md` is the list. Each fault meets a mirror that was read completely, and something that happens
meanwhile; it is over, and the mirror is the upstream again.
"""

from __future__ import annotations

import gzip
import json
import logging
import zlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from dashboard.domain.record_packing import unpack
from dashboard.domain.record_text import canonical
from dashboard.models import Deployment, Feed, Run
from dashboard.services.cloud import receiver
from dashboard.services.sync import run_history
from dashboard.simulator import Fault
from tests import bent_upstream
from tests.bent_upstream import Bend, Bent
from tests.factories import deployment_record, run_record
from tests.markup import read
from tests.upstream import Upstream

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
SIZE = 12  # of either list
LONG = "x" * 1_000_000
STATUSES = (
    201,
    204,
    301,
    304,
    400,
    401,
    403,
    404,
    408,
    413,
    422,
    425,
    429,
    451,
    500,
    502,
    503,
    504,
    529,
    999,
)


@dataclass
class World:
    """An upstream that was read completely, and who looks at its mirror."""

    upstream: Upstream
    reader: Client
    bent: Bent
    log: pytest.LogCaptureFixture
    number: int = field(default=0)

    def happen(self) -> None:
        """A run finishes and a definition changes, as things do while nobody can see them."""
        self.number += 1
        at = timezone.now() - timedelta(seconds=1)
        self.upstream.world.runs.insert(0, run_record(self.number, at, deployment_id="dep_d0"))
        self.upstream.world.deployments[1] = deployment_record("d1", description=f"no. {self.number}")

    def turn(self) -> bool:
        """One cycle, as soon as somebody presses Refresh now."""
        Feed.objects.update(asked_at=timezone.now())
        return self.upstream.loops[-1].turn()

    def page(self) -> str:
        """What a reader sees meanwhile."""
        answer = self.reader.get("/runs/")
        assert answer.status_code == 200
        return read(answer).words()

    def befall(
        self, fault: Fault | None = None, bend: Bend | None = None, path: str = "", *, minutes: int = 1
    ) -> str:
        """Have a fault for a cycle, and give what a reader sees of it; once it is over, all must be as it is.

        Nothing that was read is lost meanwhile, and nothing is doubled or missing after.
        """
        before = set(Run.objects.values_list("run_id", flat=True))
        self.happen()
        if fault:
            self.upstream.api.faults.append(fault)
        self.bent.bend, self.bent.path = bend, path
        self.turn()
        seen = self.page()
        assert before <= set(Run.objects.values_list("run_id", flat=True))
        assert not Deployment.objects.filter(gone_at__isnull=False).exists()
        assert fault is None or fault.used
        assert bend is None or self.bent.times
        self.upstream.api.faults.clear()
        self.bent.bend, self.bent.times = None, 0
        for _ in range(minutes):  # in each of which a page of history is read again
            Feed.objects.update(audited_at=None)
            assert self.turn()
            if Run.objects.count() == len(self.upstream.world.runs):
                break
        self.is_equal()
        self.is_logged_once()
        return seen

    def is_logged_once(self) -> None:
        """It is tried again, it is wrong, something was read again, it is well: each is one short line."""
        lines = [row.getMessage() for row in self.log.records if row.name.startswith("dashboard.services")]
        assert len(lines) <= 4, lines
        assert all(line.isprintable() and len(line) < 600 for line in lines), lines
        self.log.clear()

    def is_equal(self) -> None:
        """The mirror has what the upstream has, each once, and no trouble is left."""
        rows = [(run.run_id, _text(run.record_json)) for run in Run.objects.all()]
        assert sorted(rows) == sorted((run["id"], canonical(run)) for run in self.upstream.world.runs)
        assert {row.deployment_id: row.record_json for row in Deployment.objects.all()} == {
            record["id"]: canonical(record) for record in self.upstream.world.deployments
        }
        assert Feed.objects.get().error_message == ""


def _text(record: str | bytes) -> str:
    return unpack(record) if isinstance(record, bytes) else record


@pytest.fixture
def world(upstream: Upstream, reader: Client, caplog: pytest.LogCaptureFixture) -> World:
    caplog.set_level(logging.INFO, "dashboard")
    now = timezone.now()
    upstream.world.deployments[:] = [deployment_record(f"d{n}") for n in range(SIZE)]
    upstream.world.runs[:] = [run_record(10_000 - n, now - timedelta(minutes=n + 1)) for n in range(SIZE)]
    world = World(upstream, reader, Bent(upstream.api), caplog)
    upstream.loop().turn()
    world.is_equal()
    return world


def test_a_status_is_shown_with_its_own_message(world: World) -> None:
    for status in STATUSES:
        message = f"the table's {status}" if status not in (204, 304) else "without a message"  # no body
        seen = world.befall(Fault("status", status=status, message=message, times=None))
        assert message in seen, status


CONNECTIONS: dict[str, tuple[Fault, str]] = {
    "reset": (Fault("reset", times=None), "no answer"),
    "half a body": (Fault("cut", times=None), "no answer"),
    "a gateway's page": (Fault("html", times=None), "status 502 without a message"),
    "a page of something else": (Fault("html", status=200, times=None), "not a list of this API"),
    "a redirect": (Fault("redirect", times=None), "a redirect, which is not followed"),
    "no answer": (Fault("delay", seconds=1, times=None), "the answer does not end"),
    "a stall": (Fault("stall", seconds=1, times=None), "the answer does not end"),
    "a drip": (Fault("drip", seconds=0.05, times=None), "the answer does not end"),
    "401 once": (Fault("status", status=401, message="Who are you?"), "Who are you?"),
    "429 for an hour": (Fault("status", status=429, retry_after=3600, message="Later."), "Later."),
    "a passing 503": (Fault("status", status=503), ""),
    "a passing reset": (Fault("reset", times=2), ""),
}


def test_a_connection_that_breaks_stalls_or_drips_is_shown_as_what_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "DEADLINE", 0.2)
    for name, (fault, reason) in CONNECTIONS.items():
        seen = world.befall(fault)
        assert reason in seen, name


NO_LIST, HAS_MORE = "the answer is not a list of this API", "does not say whether more follows"
BODIES: dict[str, tuple[Bend, str]] = {
    "nothing": (bent_upstream.text(""), NO_LIST),
    "null": (bent_upstream.text("null"), NO_LIST),
    "a list": (bent_upstream.text("[]"), NO_LIST),
    "data is null": (bent_upstream.text('{"data":null,"has_more":false}'), NO_LIST),
    "data is an object": (bent_upstream.text('{"data":{},"has_more":false}'), NO_LIST),
    "no data": (bent_upstream.text('{"has_more":false}'), NO_LIST),
    "has_more is missing": (bent_upstream.envelope(has_more=None), HAS_MORE),
    "has_more is a text": (bent_upstream.envelope(has_more="no"), HAS_MORE),
    "has_more is a number": (bent_upstream.envelope(has_more=0), HAS_MORE),
    "half of it": (bent_upstream.body(lambda body: body[: len(body) // 2]), NO_LIST),
    "twice": (bent_upstream.body(lambda body: body * 2), NO_LIST),
    "other quotes": (bent_upstream.body(lambda body: body.replace(b'"', b"'")), NO_LIST),
    "no UTF-8": (bent_upstream.body(lambda body: body.replace(b'"completed"', b'"\xff\xfe\xfa"')), NO_LIST),
    "100,000 lists in each other": (bent_upstream.text('{"data":' + "[" * 100_000), NO_LIST),
    "gzip that is none": (bent_upstream.body(bytes, "gzip"), "no answer"),
    "half a gzip": (
        bent_upstream.body(lambda body: gzip.compress(body)[:40], "gzip"),
        NO_LIST,
    ),
    "deflate": (bent_upstream.body(zlib.compress, "deflate"), "not asked for"),
    "zeros, zipped": (
        bent_upstream.text(gzip.compress(bytes(3 * 2**20), 1), encoding="gzip"),
        "larger than 2 MB",
    ),
    "zeros, zipped twice": (
        bent_upstream.text(b"", encoding="gzip, gzip"),
        "not asked for",
    ),
    "spaces": (bent_upstream.text(" " * (3 * 2**20)), "larger than 2 MB"),
    "an error of 1 MB": (
        bent_upstream.text(json.dumps({"error": {"type": LONG, "message": LONG}}), status=400),
        "xxxxxxxx",
    ),
    "an error with markup": (
        bent_upstream.text(json.dumps({"error": {"message": "<script>alert(1)</script>"}}), status=500),
        "<script>alert(1)</script>",  # as text: the words of a page are read from what is escaped
    ),
    "a byte order mark": (bent_upstream.body(lambda body: b"\xef\xbb\xbf" + body), ""),
    "UTF-16": (bent_upstream.body(lambda body: body.decode().encode("utf-16")), ""),
    "zipped": (bent_upstream.body(gzip.compress, "gzip"), ""),
}


def test_an_answer_that_cannot_be_read_is_shown_as_what_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "LARGEST", 2 * 2**20)
    for place, (name, (bend, reason)) in enumerate(BODIES.items()):
        seen = world.befall(bend=bend, path="" if place % 2 else "/deployment_runs")
        assert reason in seen, name


RECORDS = {
    "null": "null",
    "a number": "7",
    "a text": '"drun_1"',
    "a list": "[]",
    "without id": '{"status":"completed"}',
    "an id that is null": '{"id":null}',
    "an id that is empty": '{"id":""}',
    "an id of 1 MB": json.dumps({"id": LONG}),
    "2,000 levels": '{"id":{id},"x":' + "[" * 2_000 + "]" * 2_000 + "}",
    "10,000 levels": '{"id":{id},"x":' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "}",
}
# These are read as what they are; the next answer puts them right.
ODD_RECORDS = {
    "nothing but an id": '{"id":{id}}',
    "an unheard-of status": '{"id":{id},"status":"exploded"}',
    "a status that is a list": '{"id":{id},"status":["a"]}',
    "a status of 1 MB": '{"id":{id},"status":"' + LONG + '"}',
    "no time": '{"id":{id},"status":"completed","triggered_at":"soon","created_at":7}',
    "a year that no calendar has": '{"id":{id},"triggered_at":"99999-01-01T00:00:00Z"}',
    "a number beyond all numbers": '{"id":{id},"duration_ms":1e999,"more":' + "9" * 5_000 + "}",
    "half a character": '{"id":{id},"error":{"message":"\\ud83e","type":"\\u0000"}}',
    "markup": '{"id":{id},"status":"failed","error":{"message":"<script>alert(1)</script>"}}',
}


@pytest.mark.parametrize("path", ["/deployment_runs", "/deployments"])
def test_a_record_that_cannot_be_kept_costs_itself_and_is_counted(world: World, path: str) -> None:
    seen = world.befall(bend=bent_upstream.records(*RECORDS.values()), path=path)
    assert f"{len(RECORDS)} unreadable records left out" in seen


@pytest.mark.parametrize("path", ["/deployment_runs", "/deployments"])
def test_an_odd_record_is_read_and_put_right(world: World, path: str) -> None:
    world.befall(bend=bent_upstream.records(*ODD_RECORDS.values()), path=path)
    assert Feed.objects.get().malformed == 0


MANY = 30  # runs that are new: more than the newest page and the one below it
CURSORS: dict[str, Fault | Bend] = {
    "the page before again": Fault("duplicates", path="deployment_runs"),
    "the cursor is gone": Fault("vanish", path="deployment_runs"),
    "an empty page with more to come": Fault("empty", path="deployment_runs", after=1),
    "another order": Fault("shuffle", path="deployment_runs"),
    "a cursor of 1 MB": bent_upstream.envelope(has_more=True, last_id=LONG, next_page=LONG),
    "a cursor that is a number": bent_upstream.envelope(has_more=True, last_id=7, next_page=[1]),
    "no cursor": bent_upstream.envelope(has_more=True, last_id=None, next_page=None),
    "a cursor of nowhere": bent_upstream.envelope(has_more=True, last_id="drun_nowhere", next_page="x"),
    "a cursor with a line end": bent_upstream.envelope(has_more=True, last_id="a\nb\x00", next_page="é"),
    "nothing more, though there is": bent_upstream.envelope(has_more=False),
    "no record, and nothing more": bent_upstream.envelope(data=[], has_more=False, last_id=None),
}


def test_a_cursor_that_leads_nowhere_loses_no_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_history, "_head_size", lambda *_: 10)
    monkeypatch.setattr(run_history, "FULL", 15)
    for name, fault in CURSORS.items():
        for _ in range(MANY):
            world.happen()
        if isinstance(fault, Fault):
            world.befall(fault, minutes=6)
        else:
            world.befall(bend=fault, path="/deployment_runs", minutes=6)
        assert len(world.upstream.api.log) < 45, name
        world.upstream.api.log.clear()


def test_one_empty_list_of_deployments_takes_nothing_away_and_is_shown(world: World) -> None:
    empty = bent_upstream.envelope(data=[], has_more=False, first_id=None, last_id=None)
    seen = world.befall(bend=empty, path="/deployments")
    assert "the list of deployments is empty, and was not before" in seen


WRITES = ("INSERT", "UPDATE", "DELETE")
REASONS = ("database is locked", "attempt to write a readonly database", "database or disk is full")


class Refusing:
    """A database that takes so many writes, and then none."""

    def __init__(self, reason: str, spared: int) -> None:
        self.reason, self.left = reason, spared

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(WRITES):
            self.left -= 1
            if self.left < 0:
                raise OperationalError(self.reason)
        return execute(sql, params, many, context)


def test_a_database_that_takes_no_writing_loses_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for spared, reason in zip((0, 1, 2, 3, 5, 8), REASONS * 2, strict=True):
        world.happen()
        with connection.execute_wrapper(Refusing(reason, spared)):
            for _ in range(4):
                assert not world.upstream.loops[-1].turn()
            world.page()
        # Once where it began, in the middle of a cycle, and once for the turns that cannot even begin.
        assert caplog.text.count(reason) <= 2
        assert world.turn()
        world.is_equal()
        caplog.clear()
