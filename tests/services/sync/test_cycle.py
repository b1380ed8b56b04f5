"""What a cycle costs, in which order it asks, and what it says of trouble."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from dashboard.models import DefinitionChange, Deployment, Feed, Run
from dashboard.services.cloud.accounts import Account
from dashboard.services.sync import Loop, absences
from dashboard.simulator import Fault
from tests.factories import deployment_record, run_record
from tests.upstream import TOKEN, Upstream

pytestmark = pytest.mark.django_db(transaction=True)
RUNS, DEPLOYMENTS = 130, 30  # more than the newest page of runs shows


def read_whole(upstream: Upstream, runs: int, deployments: int) -> Upstream:
    """So much is there, it has all been read, and nothing happens."""
    now = timezone.now()
    upstream.world.runs[:] = [run_record(n, now - timedelta(minutes=n)) for n in range(runs)]
    upstream.world.deployments[:] = [deployment_record(f"d{n}") for n in range(deployments)]
    upstream.loop().turn()
    upstream.api.log.clear()
    return upstream


@pytest.fixture
def quiet(upstream: Upstream) -> Upstream:
    return read_whole(upstream, RUNS, DEPLOYMENTS)


@pytest.mark.parametrize("generation", [1, 2])
def test_a_quiet_cycle_costs_at_most_three_requests(upstream: Upstream, generation: int) -> None:
    quiet = read_whole(upstream, runs=1200, deployments=150)  # more than a page of either
    quiet.api.generation = generation
    quiet.loops[-1].turn()
    for _ in range(4):
        quiet.api.log.clear()
        Feed.objects.update(audited_at=None)
        quiet.loops[-1].turn()
        assert 2 <= len(quiet.api.log) <= 3


def test_a_quiet_cycle_changes_no_version_number(quiet: Upstream) -> None:
    before = Feed.objects.get().version
    quiet.loops[-1].turn()
    assert Feed.objects.get().version == before


def test_whatever_a_page_would_show_raises_the_version_number(quiet: Upstream) -> None:
    before = Feed.objects.get().version
    quiet.world.runs.insert(0, run_record(5_000, timezone.now()))
    quiet.loops[-1].turn()
    after = Feed.objects.get().version
    quiet.world.deployments[0] = deployment_record("d0", name="renamed")
    quiet.loops[-1].turn()
    assert before < after < Feed.objects.get().version


def test_a_changed_definition_is_in_the_journal_between_two_readings(quiet: Upstream) -> None:
    first = Feed.objects.get()
    assert first.deployments_read_from
    assert first.deployments_read_at
    assert first.deployments_read_from <= first.deployments_read_at
    quiet.world.deployments[3] = deployment_record("d3", name="renamed")
    quiet.loops[-1].turn()
    quiet.loops[-1].turn()
    [change] = DefinitionChange.objects.all()
    assert (change.deployment_id, change.words, change.before["name"]) == ("dep_d3", ["name"], "d3")
    assert change.known_at == first.deployments_read_from
    assert change.known_at < change.seen_at


def test_people_who_watch_cost_the_api_nothing(quiet: Upstream, client: Client, settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "LoginRequired" not in name]
    for _ in range(5):
        assert client.get("/runs/").status_code == 200
    assert not quiet.api.log


def test_one_request_at_a_time(quiet: Upstream) -> None:
    quiet.loops[-1].turn()
    assert {entry.concurrent for entry in quiet.api.log} == {1}


def test_a_record_says_when_it_was_last_read(quiet: Upstream) -> None:
    feed = Feed.objects.get()
    assert feed.succeeded_at
    assert feed.polled_at
    assert feed.deployments_read_at
    assert feed.runs_read == RUNS
    assert feed.words == {"status": ["completed"], "trigger_type": ["schedule"]}


def test_trouble_is_kept_with_the_apis_own_words_and_the_data_stays(quiet: Upstream) -> None:
    quiet.api.faults.append(Fault(kind="status", status=503, message="come back later", times=None))
    assert not quiet.loops[-1].turn()
    feed = Feed.objects.get()
    assert (feed.error_family, feed.error_status, feed.error_message) == (
        "Unavailable",
        503,
        "come back later",
    )
    assert feed.error_request_id
    assert Run.objects.count() == RUNS


def test_trouble_keeps_its_beginning_and_goes_when_it_is_over(quiet: Upstream) -> None:
    fault = Fault(kind="status", status=503, times=None)
    quiet.api.faults.append(fault)
    quiet.loops[-1].turn()
    since = Feed.objects.get().failing_since
    quiet.loops[-1].turn()
    assert Feed.objects.get().failing_since == since
    quiet.api.faults.clear()
    assert quiet.loops[-1].turn()
    assert Feed.objects.get().failing_since is None
    assert Feed.objects.get().error_message == ""


def test_one_list_in_trouble_does_not_stop_the_other(quiet: Upstream) -> None:
    quiet.api.faults.append(Fault(kind="status", status=403, path="/deployments", times=None))
    quiet.world.runs.insert(0, run_record(5_000, timezone.now()))
    assert not quiet.loops[-1].turn()
    assert Run.objects.count() == RUNS + 1
    assert Feed.objects.get().error_family == "Forbidden"


class Token:
    """A token that can be replaced."""

    def __init__(self) -> None:
        self.text = "pt-wrong-0123456789"

    def read(self) -> str:
        return self.text


@pytest.fixture
def refused(quiet: Upstream) -> Iterator[tuple[Upstream, Loop, Token]]:
    """A sync whose token has just been refused."""
    token = Token()
    account = Account("default", quiet.url, "", "QODER_PAT", token.read)
    quiet.loops[-1].close()
    loop = Loop([account], 60, Event())
    assert not loop.turn()
    quiet.api.log.clear()
    yield quiet, loop, token
    loop.close()


def test_a_token_that_was_not_accepted_is_not_tried_again(refused: tuple[Upstream, Loop, Token]) -> None:
    quiet, loop, _ = refused
    loop.turn()
    assert not quiet.api.log
    assert Feed.objects.get().error_status == 401
    assert Feed.objects.get().retry_at


def test_it_is_tried_again_once_it_has_been_replaced(refused: tuple[Upstream, Loop, Token]) -> None:
    _, loop, token = refused
    token.text = TOKEN
    assert loop.turn()
    assert Feed.objects.get().error_status is None


def test_it_is_tried_again_after_half_a_minute(refused: tuple[Upstream, Loop, Token]) -> None:
    quiet, loop, _ = refused
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        loop.turn()
    assert len(quiet.api.log) == 1


def test_a_clock_that_is_set_back_holds_no_question_back(refused: tuple[Upstream, Loop, Token]) -> None:
    quiet, loop, _ = refused
    with time_machine.travel(timezone.now() - timedelta(hours=1), tick=False):
        loop.turn()
        assert (len(quiet.api.log), Feed.objects.get().failing_since) == (1, timezone.now())


def test_it_is_tried_again_at_once_when_a_reader_asks(refused: tuple[Upstream, Loop, Token]) -> None:
    quiet, loop, _ = refused
    Feed.objects.update(asked_at=timezone.now())
    loop.turn()
    assert len(quiet.api.log) == 1
    loop.turn()
    assert len(quiet.api.log) == 1, "asked once, answered once"


@pytest.mark.parametrize(("asked_for", "waited"), [("15", 15), ("3600", 30)])
def test_an_api_that_asks_for_patience_is_left_alone_for_half_a_minute_at_most(
    quiet: Upstream, asked_for: str, waited: int
) -> None:
    quiet.api.faults.append(Fault(kind="status", status=429, retry_after=asked_for, times=1))
    quiet.loops[-1].turn()
    quiet.api.log.clear()
    with time_machine.travel(timezone.now() + timedelta(seconds=waited - 3)):
        quiet.loops[-1].turn()
    assert not quiet.api.log
    assert Feed.objects.get().retry_at
    with time_machine.travel(timezone.now() + timedelta(seconds=waited + 1)):
        quiet.loops[-1].turn()
    assert quiet.api.log


def test_trouble_of_one_kind_is_one_line_of_the_log(
    quiet: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "dashboard")
    for n in range(3):
        message = f"no. {n}\n\x1b[2J" + 100_000 * "x"
        quiet.api.faults[:] = [Fault(kind="status", status=503, message=message, times=None)]
        quiet.loops[-1].turn()
    quiet.api.faults.clear()
    quiet.loops[-1].turn()
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("dashboard.services")]
    assert len(lines) == 3, "it is tried again, it is in trouble, it is well"
    assert all(line.isprintable() and len(line) < 600 for line in lines)
    assert lines[-1] == "default: all is well"


def test_a_token_is_in_no_message_and_no_line_of_the_log(
    quiet: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    leak = {"type": "auth_error", "message": f"bad token {TOKEN} (pt-another-0123456789)"}
    quiet.world.runs.insert(0, run_record(5_000, timezone.now(), "failed", error=leak))
    quiet.api.faults.append(Fault(kind="status", status=403, message=f"no {TOKEN}", path="/deployments"))
    quiet.loops[-1].turn()
    value = Run.objects.get(run_id=f"drun_{5_000:032x}")
    messages = [value.error_line, Feed.objects.get().error_message, caplog.text]
    assert not any(TOKEN in text or "pt-another" in text for text in messages)
    assert json.loads(value.record_json)["error"] == leak  # data stays as the API gave it
    assert value.error_message == leak["message"]
    assert value.error_line == "bad token pt-… (pt-…)"


def test_run_figures_left_behind_by_a_killed_process_are_set_right_at_the_start(quiet: Upstream) -> None:
    quiet.world.runs.insert(0, run_record(5_000, timezone.now(), "failed", deployment_id="dep_d1"))
    quiet.loops[-1].turn()
    Deployment.objects.update(streak=0, last_run_at=None)
    quiet.loop().turn()
    assert Deployment.objects.get(deployment_id="dep_d1").streak == 1


def test_a_deployment_that_two_answers_do_not_list_is_marked_and_kept(
    quiet: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absences, "SURE_AFTER", 0)
    quiet.world.deployments.pop()
    quiet.loops[-1].turn()
    assert not Deployment.objects.filter(gone_at__isnull=False).exists()
    quiet.loops[-1].turn()
    assert Deployment.objects.filter(gone_at__isnull=False).count() == 1
    assert Deployment.objects.count() == DEPLOYMENTS


def test_the_second_answer_has_to_come_some_time_after_the_first(quiet: Upstream) -> None:
    quiet.world.deployments.pop()
    for _ in range(3):
        quiet.loops[-1].turn()
    assert not Deployment.objects.filter(gone_at__isnull=False).exists()


def test_an_empty_list_of_deployments_is_trouble_until_a_second_one_agrees(
    quiet: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absences, "SURE_AFTER", 0)
    before = list(quiet.world.deployments)
    quiet.world.deployments.clear()
    quiet.loops[-1].turn()
    assert "empty" in Feed.objects.get().error_message
    quiet.world.deployments[:] = before
    quiet.loops[-1].turn()
    assert Feed.objects.get().error_message == ""
    assert not Deployment.objects.filter(gone_at__isnull=False).exists()
    quiet.world.deployments.clear()
    for _ in range(2):
        quiet.loops[-1].turn()
    assert not Deployment.objects.filter(gone_at__isnull=True).exists()
    assert Feed.objects.get().error_message == ""


def test_trouble_with_deployments_lasts_until_they_have_answered(quiet: Upstream) -> None:
    ago = timezone.now() - timedelta(weeks=3)
    old = [run_record(9_000 + n, ago, "pending" if n % 2 else "running") for n in range(6)]
    quiet.world.runs += old  # these take every second cycle's requests
    Run.objects.all().delete()
    quiet.loop().turn()
    quiet.api.faults.append(Fault(kind="status", status=403, path="/deployments", times=None))
    for _ in range(4):
        quiet.loops[-1].turn()
        assert Feed.objects.get().error_family == "Forbidden"
    quiet.api.faults.clear()
    for _ in range(2):
        quiet.loops[-1].turn()
    assert Feed.objects.get().error_family == ""


def test_trouble_with_a_later_page_of_deployments_is_not_over_with_the_first(upstream: Upstream) -> None:
    upstream.api.generation = 2
    upstream.world.deployments[:] = [deployment_record(f"d{n:03}") for n in range(250)]
    loop = upstream.loop()
    loop.turn()
    upstream.api.faults.append(Fault(kind="status", status=403, path="/deployments", after=1, times=1))
    loop.turn()  # the first page
    loop.turn()  # the second fails
    assert Feed.objects.get().error_family == "Forbidden"
    loop.turn()
    assert Feed.objects.get().error_family == "Forbidden"
    loop.turn()
    assert Feed.objects.get().error_family == ""


def test_the_audit_runs_beside_an_old_unfinished_run(quiet: Upstream) -> None:
    quiet.world.runs.append(run_record(9_000, timezone.now() - timedelta(weeks=3), "running"))
    Run.objects.all().delete()
    Feed.objects.update(polled_at=None)
    quiet.loop().turn()
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        quiet.loops[-1].turn()
        assert Feed.objects.filter(audited_at__gt=timezone.now() - timedelta(seconds=30)).exists()


def test_an_audit_dated_in_the_future_does_not_hold_back_the_next(quiet: Upstream) -> None:
    Feed.objects.update(audited_at=timezone.now() + timedelta(hours=1))
    quiet.loops[-1].turn()
    assert Feed.objects.filter(audited_at__lte=timezone.now()).exists()


def test_a_record_that_cannot_be_read_marks_no_deployment_gone(quiet: Upstream) -> None:
    quiet.api.faults.append(Fault(kind="malformed", path="/deployments", times=1))
    quiet.loops[-1].turn()
    assert not Deployment.objects.filter(gone_at__isnull=False).exists()


def test_a_deployment_that_comes_back_is_no_longer_marked(quiet: Upstream) -> None:
    last = quiet.world.deployments.pop()
    quiet.loops[-1].turn()
    quiet.world.deployments.append(last)
    quiet.loops[-1].turn()
    assert not Deployment.objects.filter(gone_at__isnull=False).exists()


def test_a_walk_of_deployments_that_breaks_off_starts_anew(upstream: Upstream) -> None:
    upstream.api.generation = 2
    upstream.world.deployments[:] = [deployment_record(f"d{n:03}") for n in range(250)]
    upstream.api.faults.append(Fault(kind="status", status=403, path="/deployments", after=2, times=1))
    loop = upstream.loop()
    loop.turn()
    assert Deployment.objects.count() == 100
    loop.turn()
    assert Deployment.objects.count() == 250


def test_old_runs_are_let_go_of_a_few_at_a_time(upstream: Upstream, settings: Any) -> None:
    quiet = read_whole(upstream, runs=1200, deployments=1)
    settings.RUN_RETENTION_DAYS = 1
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=50)):
        quiet.loops[-1].turn()
        first = Run.objects.count()
        for _ in range(3):
            quiet.loops[-1].turn()
    assert first == 700
    assert Run.objects.count() <= 11
