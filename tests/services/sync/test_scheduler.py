"""A scheduler that is silent: from promises of the API to one row, one band and one message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from dashboard.domain.thresholds import ALERT_WELL_FOR
from dashboard.models import AlertMessage, Deployment, Feed
from dashboard.services.alerts import rules, texts
from dashboard.services.alerts.rules import RuleDraft
from dashboard.services.lists.questions import read_question
from dashboard.services.overview.page import Overview, overview
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.wallboard.page import wall
from dashboard.simulator import Fault
from tests.factories import NOW, deployment_record, run_record, text
from tests.upstream import Upstream
from tests.views.test_queries import MOST, queries_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("account")]
DUE = NOW + timedelta(minutes=5)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SENTENCE = "0 of 4 promised firings came since 09:47; the API answers"
AGENT_B = {"id": "agent_b", "type": "agent", "version": 1}


class Fleet:
    """Four deployments of one environment that are due at once, one of another that is due after them."""

    def __init__(self, upstream: Upstream, clock: time_machine.Traveller) -> None:
        self.upstream, self.clock, self.number = upstream, clock, 0
        self.records = [self.record(key, DUE) for key in "abcd"]
        self.records.append(self.record("other", DUE + 2 * MINUTE, environment_id="env_b", agent=AGENT_B))
        upstream.world.deployments[:] = self.records
        upstream.loop().turn()

    def record(self, key: str, due: Any, **changes: Any) -> dict[str, Any]:
        promised = [text(due + n * DAY) for n in range(5)]
        schedule = {"type": "cron", "expression": "47 9 * * *", "timezone": "UTC"}
        return deployment_record(key, schedule=schedule | {"upcoming_runs_at": promised}, **changes)

    def run(self, key: str, status: str = "completed") -> None:
        self.number += 1
        run = run_record(self.number, timezone.now(), status, deployment_id=f"dep_{key}")
        self.upstream.world.runs[:0] = [run]

    def wait(self, minutes: int) -> list[str]:
        """Read on for so long; the subjects of what is written meanwhile."""
        before = AlertMessage.objects.count()
        for _ in range(0, minutes, 4):
            self.clock.shift(240)
            assert self.upstream.loops[0].turn() or self.upstream.api.faults
        return [texts.subject(message) for message in AlertMessage.objects.order_by("pk")[before:]]


@pytest.fixture
def fleet(upstream: Upstream, settings: Any) -> Iterator[Fleet]:
    settings.SYNC_INTERVAL = 120.0
    with time_machine.travel(NOW, tick=False) as clock:
        yield Fleet(upstream, clock)


def page() -> Overview:
    return overview(Snapshot(timezone.now()))


def band(query: str = "") -> tuple[str, ...]:
    snapshot = Snapshot(timezone.now())
    return wall(read_question("wallboard", QueryDict(query), snapshot), snapshot).silent


def test_a_silent_scheduler_is_one_row_one_band_and_one_message(fleet: Fleet, reader: Client) -> None:
    draft = RuleDraft("On call", "/deployments/?health=missed", "ops@example.org", zone="Asia/Kolkata")
    rules.make(draft, "", Snapshot(NOW))
    fleet.wait(8)
    fleet.run("other")
    [message] = fleet.wait(12)
    assert message == (
        "[On call] 4 deployments: scheduler silent: "
        "0 of 4 promised firings of environment env_a came since 15:17; the API answers"
    )
    shown = page()
    [row] = shown.silent
    assert (row.number, row.url) == (4, "/deployments/?environment_id=env_a&health=missed")
    assert row.text == SENTENCE.replace("firings", "firings of environment env_a")
    assert (shown.needy, shown.needy_more, shown.headline.calm) == ([], 0, False)
    assert shown.headline.rest == f"Scheduler silent: {row.text}"
    assert [pill.count.number for pill in shown.headline.pills] == [4, 1]
    assert (band(), band("account=default")) == ((row.text,), (row.text,))
    assert queries_of(reader, "/") <= MOST["/"]
    assert f"Scheduler silent: <bdi>{row.text}" in reader.get("/").content.decode()
    assert "SCHEDULER SILENT" in reader.get("/wallboard/").content.decode()
    fleet.run("a")
    assert fleet.wait(4) == []  # a promise came: it is over, and three are still missed
    assert (page().silent, len(page().needy), band()) == ((), 3, ())
    for key in "bcd":
        fleet.run(key)
    over = fleet.wait(4 + ALERT_WELL_FOR // MINUTE + 4)
    assert over == [message.replace("4 deployments: ", "over: ") + ", 4 deployments"]


def test_all_of_an_account_are_named_by_it_alone_where_there_are_several(fleet: Fleet, settings: Any) -> None:
    fleet.wait(24)
    assert [row.text for row in page().silent] == [
        "0 of 5 promised firings came since 09:47; the API answers"
    ]
    assert page().silent[0].url == "/deployments/?health=missed"
    [account] = settings.ACCOUNTS
    settings.ACCOUNTS = (account, type(account)(**vars(account) | {"name": "second"}))
    [row] = page().silent
    assert row.text == "0 of 5 promised firings of default came since 09:47; the API answers"
    assert row.url == "/deployments/?account=default&health=missed"
    assert band("account=second") == ()
    [silent] = Snapshot(timezone.now()).silent_schedulers
    tomorrow = timezone.now().astimezone(ZoneInfo("Pacific/Auckland")) + DAY
    assert "since 16 Jun 21:47" in silent.sentence(tomorrow)


def test_what_was_sent_as_missed_belongs_to_the_silence_it_turns_out_to_be(fleet: Fleet) -> None:
    rules.make(RuleDraft("On call", "/deployments/?health=missed", "ops@example.org"), "", Snapshot(NOW))
    fleet.upstream.world.deployments[2:4] = [fleet.record(key, DUE + 20 * MINUTE) for key in "cd"]
    fleet.upstream.world.deployments[4:] = [fleet.record("other", DUE + 30 * MINUTE)]
    fleet.upstream.loops[0].turn()  # the others are promised anew before their time
    assert fleet.wait(16) == ["[On call] 2 deployments: missed"]
    assert page().silent == ()
    sentence = "scheduler silent: 0 of 4 promised firings came since 09:47; the API answers"
    assert fleet.wait(24) == [f"[On call] 4 deployments: {sentence}"]
    assert Feed.objects.get().scheduler[0]["deployments"] == 4


def test_an_account_that_is_not_read_shows_no_silence(fleet: Fleet) -> None:
    fleet.wait(24)
    assert page().silent
    fleet.upstream.api.faults[:] = [Fault("status", status=401, times=None)]
    fleet.wait(8)
    assert (page().silent, band()) == ((), ())
    assert Deployment.objects.of_health("missed").count() == 5


def test_a_thousand_others_that_are_missed_are_counted_below(fleet: Fleet) -> None:
    fleet.wait(8)
    fleet.run("other")
    fleet.wait(12)
    Deployment.objects.filter(deployment_id="dep_other").update(health_rank=0)
    shown = page()
    assert ([needy.row.name for needy in shown.needy], shown.needy_more) == (["other"], 0)
    assert shown.headline.failing == "1 deployment failing"


def test_while_nothing_changes_it_is_looked_for_now_and_then(fleet: Fleet) -> None:
    [loop] = fleet.upstream.loops
    fleet.wait(24)
    loop.turn()
    Feed.objects.update(scheduler=[])
    loop.turn()
    assert page().silent == ()
    fleet.wait(8)
    assert len(page().silent) == 1
