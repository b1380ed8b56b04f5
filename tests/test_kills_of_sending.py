"""A sync that is killed again and again while it sends loses no message, and sends no event as two.

    make kills                               on SQLite
    .ci/postgres make kills                  on PostgreSQL
    SENDING_KILLS=20 KILLS_SEED=3 make kills

Deployments fail, each time for another reason: what is open closes, and something else opens. Each process
is killed with SIGKILL: at a random moment, or just when a receiver has taken a message, before or after its
answer. A message that was taken, and whose process ends before it could write that down, comes again with the
same id; receivers that keep ids have each event once.
"""

from __future__ import annotations

import json
import os
import random
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler
from django.utils import timezone

from dashboard.services.sync.lease import SECONDS
from dashboard.simulator import Scripted, Simulator, serve
from tests.factories import deployment_record, run_record
from tests.hosts import ask, manage, scratch_database
from tests.test_kills import SEED, forking, kill, start
from tests.upstream import TOKEN

pytestmark = pytest.mark.kills

KILLS = int(os.environ.get("SENDING_KILLS", "200"))
DEPLOYMENTS = 6
LONGEST_LIFE = 1.2  # seconds
LONGEST_WAIT = 3.0  # seconds until a receiver takes a message
LIMIT = 1500.0  # seconds for all of it; a machine with nothing else to do takes a fifth of that
HOOK_TAKES, HOOK_ANSWERS, MAIL_TAKES = "webhook taken", "webhook answered", "mail taken"
CLOCK = "by the clock"
LETTERS = "ghijklmnop"  # of no number and no digest, so that each word is a kind of its own
REASONS = ("".join(letters) for letters in product(LETTERS, repeat=3))


class Failures:
    """Deployments that fail one after the other, each time for a reason of its own."""

    def __init__(self) -> None:
        """All are well."""
        self.keys = [f"{number:02d}" for number in range(DEPLOYMENTS)]
        self.reasons: dict[str, list[str]] = {key: [] for key in self.keys}
        self.number = 0
        self.scripted = Scripted([deployment_record(key) for key in self.keys], [])
        for key in self.keys:
            self._run(key, "completed")

    def move(self) -> str:
        """The next deployment fails for a new reason, which is given."""
        key = self.keys[self.number % DEPLOYMENTS]
        reason = f"{next(REASONS)}_error"
        self.reasons[key].append(reason)
        self._run(key, "failed", error={"type": reason, "message": "no"})
        return reason

    @property
    def events(self) -> Counter[tuple[str, str]]:
        """What a rule has to send: each reason opens, and closes once there is another one."""
        opened = [("opened", reason) for reasons in self.reasons.values() for reason in reasons]
        closed = [("closed", reason) for reasons in self.reasons.values() for reason in reasons[:-1]]
        return Counter([*opened, *closed])

    def _run(self, key: str, status: str, **changes: Any) -> None:
        self.number += 1
        run = run_record(self.number, timezone.now(), status, deployment_id=f"dep_{key}", **changes)
        self.scripted.runs.insert(0, run)


class Receivers:
    """A receiver of webhooks and one of mail, which kill who sends where they are asked to.

    trap: the moment at which a process is to be killed, and its number; None for no moment
    """

    def __init__(self) -> None:
        """Receive nothing yet."""
        self.webhooks, self.mails = Counter[uuid.UUID](), Counter[uuid.UUID]()
        self.trap: tuple[str, int] | None = None
        self.taken, self.lock = Event(), Lock()
        outer = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                with outer.lock:
                    outer.webhooks[uuid.UUID(self.headers["webhook-id"])] += 1
                outer.spring(HOOK_TAKES)
                with suppress(OSError):  # who has sent it may be gone
                    self.send_response(204)
                    self.end_headers()
                    self.wfile.flush()
                outer.spring(HOOK_ANSWERS)

            def log_message(self, *_line: object) -> None:
                pass

        class Mailbox(Handler):
            def handle_message(self, message: Message) -> None:
                name = str(message["message-id"]).strip("<>").partition("@")[0]
                with outer.lock:
                    outer.mails[uuid.UUID(name)] += 1
                outer.spring(MAIL_TAKES)

        self.hooks = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        self.mailbox = Controller(Mailbox(), hostname="127.0.0.1", port=_free_port())

    def spring(self, moment: str) -> None:
        """Kill the process that is to be killed at that moment; once."""
        with self.lock:
            trap, self.trap = self.trap, None if self.trap and self.trap[0] == moment else self.trap
        if trap and trap[0] == moment:
            os.kill(trap[1], 9)
            self.taken.set()

    def arm(self, pid: int, moment: str) -> bool:
        """Kill that process at the next such moment; whether there was one."""
        self.taken.clear()
        with self.lock:
            self.trap = moment, pid
        taken = self.taken.wait(LONGEST_WAIT)
        with self.lock:
            self.trap = None
        return taken


@contextmanager
def receiving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receivers]:
    """Both receivers, and an environment that lets messages reach them."""
    receivers = Receivers()
    Thread(target=receivers.hooks.serve_forever, args=(0.02,), daemon=True).start()
    receivers.mailbox.start()
    monkeypatch.setenv("WEBHOOK_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{receivers.mailbox.port}")
    monkeypatch.setenv("EMAIL_FROM", "dashboard@example.org")
    try:
        yield receivers
    finally:
        receivers.hooks.shutdown()
        receivers.hooks.server_close()
        receivers.mailbox.stop()


def _free_port() -> int:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as free:
        return free.server_port


class Trial:
    """A database, and processes that are killed while they send from it.

    survived: how many kills each message was waiting at; ways: how often a process was killed in which way
    """

    def __init__(self, database: str, log: Path) -> None:
        """Kill nothing yet."""
        self.database, self.log, self.began = database, log, time.monotonic()
        self.chance = random.Random(SEED)  # noqa: S311 - guards nothing
        self.survived, self.ways = Counter[uuid.UUID](), Counter[str]()

    def kill_one(self, parent: Any, receivers: Receivers, number: int) -> None:
        """Start a process, and kill it somewhere."""
        self.free_lease(wait=number % 50 == 49)
        pid, way = start(parent), self.chance.choice((CLOCK, HOOK_TAKES, HOOK_ANSWERS, MAIL_TAKES))
        if way == CLOCK:
            time.sleep(self.chance.uniform(0.02, LONGEST_LIFE))
        elif not receivers.arm(pid, way):
            way = CLOCK
        with suppress(ProcessLookupError):  # a receiver may have ended it
            kill(pid)
        self.ways[way] += 1
        self.survived.update(waiting(self.database))
        self.check_time()

    def finish(self, parent: Any, reason: str) -> None:
        """Let a process send all that is left."""
        self.free_lease(wait=False)
        pid = start(parent)
        while waiting(self.database) or opened(self.database, reason) != 2:
            self.check_time()
            time.sleep(0.2)
        kill(pid)

    def free_lease(self, *, wait: bool) -> None:
        """Clear away a lease that was left behind, or let it run out."""
        if wait:
            time.sleep(SECONDS + 1)
        else:
            ask(self.database, "UPDATE dashboard_lease SET holder = ''")

    def check_time(self) -> None:
        """Fail where all of it takes too long."""
        assert time.monotonic() - self.began < LIMIT, self.log.read_text("utf-8")[-2000:]


def set_up(database: str, url: str, receivers: Receivers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read what is well, and make a rule for each receiver."""
    monkeypatch.setenv("QODER_API_URL", url)
    monkeypatch.setenv("QODER_PAT", TOKEN)
    manage(database, "migrate", "--verbosity=0")
    manage(database, "sync")
    hook = f"http://127.0.0.1:{receivers.hooks.server_port}/"
    for name, to in (("hook", ("--webhook", hook)), ("mail", ("--email", "ops@example.org"))):
        manage(database, "rules", "add", "--name", name, *to)


def test_killed_at_any_point_of_sending_nothing_is_lost_and_no_event_is_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures, log = Failures(), tmp_path / "log"
    api = Simulator(failures.scripted, token=TOKEN)
    with scratch_database(tmp_path) as database, serve(api) as url, receiving(monkeypatch) as receivers:
        set_up(database, url, receivers, monkeypatch)
        trial = Trial(database, log)
        with forking(database, url, log) as parent:
            reason = failures.move()
            for number in range(KILLS):
                trial.kill_one(parent, receivers, number)
                if opened(database, reason) == 2:
                    reason = failures.move()
            trial.finish(parent, reason)
        sent, left = written(database), leftovers(database)
    arrived = {"hook": receivers.webhooks, "mail": receivers.mails}
    for rule, own in arrived.items():
        assert Counter(event for name, event in sent.values() if name == rule) == failures.events
        assert set(own) == {uid for uid, (name, _) in sent.items() if name == rule}
        assert not {uid: number for uid, number in own.items() if number - 1 > trial.survived[uid]}
    assert left == 0
    repeated = {rule: sum(own.values()) - len(own) for rule, own in arrived.items()}
    print(  # noqa: T201 - the figures, shown by `pytest -s`
        f"\nseed {SEED}: {KILLS} kills in {time.monotonic() - trial.began:.0f} s ({dict(trial.ways)}),"
        f" {len(sent)} messages, each arrived; again with the same id came {repeated}"
    )


def leftovers(database: str) -> int:
    """How many rows belong to nothing, or have been given up."""
    questions = (
        "dashboard_alert WHERE NOT announced",
        "dashboard_alertmessage WHERE given_up_at IS NOT NULL",
        "dashboard_alertmessage WHERE rule_id NOT IN (SELECT id FROM dashboard_alertrule)",
        "dashboard_alertincident WHERE id NOT IN (SELECT incident_id FROM dashboard_alert)",
    )
    return sum(int(ask(database, f"SELECT count(*) FROM {rows}")[0][0]) for rows in questions)  # noqa: S608


def waiting(database: str) -> set[uuid.UUID]:
    """The messages of the outbox that have not been noted as sent."""
    rows = ask(database, "SELECT uid FROM dashboard_alertmessage WHERE sent_at IS NULL")
    return {uuid.UUID(str(uid)) for (uid,) in rows}


def opened(database: str, reason: str) -> int:
    """How many rules have opened an incident for that reason."""
    asked = f"SELECT count(*) FROM dashboard_alertincident WHERE label = '{reason}'"  # noqa: S608 - our letters
    return int(ask(database, asked)[0][0])


def written(database: str) -> dict[uuid.UUID, tuple[str, tuple[str, str]]]:
    """Every message by its id: of which rule, and what it is about."""
    rows = ask(
        database,
        "SELECT m.uid, r.name, m.kind, m.content FROM dashboard_alertmessage m"
        " JOIN dashboard_alertrule r ON r.id = m.rule_id",
    )
    return {
        uuid.UUID(str(uid)): (rule, (kind, _content(content)["label"])) for uid, rule, kind, content in rows
    }


def _content(stored: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(stored) if isinstance(stored, str) else stored
    return content
