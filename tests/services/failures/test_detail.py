"""One group of failed runs."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict

from dashboard.domain.fingerprints import fingerprint
from dashboard.services import failures
from dashboard.services.cloud.accounts import Account
from dashboard.services.failures import FailurePage, detail
from dashboard.services.failures.common_factors import Touched
from dashboard.services.lists.questions import read_question
from dashboard.services.runs import list as run_list
from dashboard.services.status.snapshot import Snapshot
from tests.factories import (
    NOW,
    deployment_record,
    run_record,
    stored_deployments,
    stored_runs,
)
from tests.failed_runs import failed
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def opened(mark: str, query: str = "", now: datetime = NOW) -> FailurePage | None:
    """The page of a group that a query string asks for."""
    question = read_question("failure", QueryDict(query), Snapshot(now), path=f"/failures/{mark}/")
    return failures.get_failure(mark, question, Snapshot(now))


def test_a_group_names_the_runs_that_a_retry_rescued() -> None:
    live()
    retry: dict[str, Any] = {"trigger_context": {"type": "retry"}}
    stored_runs(
        failed(1, NOW - 3 * HOUR, "no 1"),
        run_record(2, NOW - 2 * HOUR, **retry),
        failed(3, NOW - HOUR, "no 2"),
        failed(4, NOW - HOUR / 2, "no 3", **retry),
    )
    group = opened(fingerprint("unknown_error", "no 1"))
    assert group is not None
    assert group.rescued is not None
    assert (group.rescued.number, group.rescued.looked_at, group.rescued.share) == (1, 3, "33.3 %")
    assert [row.tried for row in group.latest] == ["", "", "rescued by the retry at 07:42"]


def test_one_group_counts_all_runs_that_are_kept() -> None:
    live()
    stored_deployments(deployment_record("a") | {"name": "Nightly"})
    message = "no 1\n" + "word " * 500 + "end"
    stored_runs(
        failed(1, NOW, message),
        failed(2, NOW - 20 * DAY, message.replace("1", "2")),
        failed(3, NOW - 30 * DAY, message, deployment_id=""),
        *(failed(10 + n, NOW - 40 * DAY, message, deployment_id=f"dep_{n}") for n in range(60)),
    )
    failure = opened(fingerprint("unknown_error", message))
    assert failure is not None
    assert failure.row is not None
    assert (failure.row.runs, failure.row.deployments, failure.basis.runs) == (63, 62, 63)
    assert failure.basis.since == NOW - 90 * DAY
    assert failure.message == message
    assert failure.pattern.startswith("no <n> word")
    assert (failure.touched[0].name, failure.touched[0].runs) == ("Nightly", 2)
    assert (len(failure.touched), len(failure.folded), failure.more) == (12, 38, 12)
    assert "no deployment" not in [row.name for row in failure.touched[:1]]
    assert len(failure.latest) == 10


def test_a_run_of_no_deployment_has_no_deployment_link() -> None:
    live()
    stored_runs(failed(1, NOW, deployment_id=None))
    failure = opened(fingerprint("unknown_error", "too slow"))
    assert failure is not None
    [touched] = failure.touched
    assert (touched.name, touched.url, touched.runs_url) == ("no deployment", "", "")


def test_a_group_without_kept_runs_is_none() -> None:
    assert opened("0" * 16) is None


QUERIES = (
    *("", "since=7d", "since=9d&until=48h", "since=2026-06-01&until=2026-06-10", "account=other"),
    *("account=default&account=other&since=30d", "deployment_id=dep_0", "agent_id=agent_b&since=90d"),
    *("deployment_id=dep_0&deployment_id=dep_1", "q=dep_1", "error=unknown_error", "error=none&since=30d"),
)


@pytest.mark.parametrize("query", QUERIES)
def test_every_figure_of_a_group_is_that_of_the_list_it_was_opened_from(
    query: str, settings: Any, account: Account
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    chance = random.Random(7)  # noqa: S311 - a world made up for a test
    for name in ("default", "other"):
        live(name)
        stored_deployments(deployment_record("1"), account=name)
        stored_runs(
            *(
                failed(
                    n,
                    NOW - timedelta(minutes=chance.randrange(60 * 24 * 60)),
                    chance.choice(["too slow", "too wide"]),
                    deployment_id=chance.choice(["dep_0", "dep_1", None]),
                    agent={"id": chance.choice(["agent_a", "agent_b"]), "version": 1},
                )
                for n in range(120)
            ),
            account=name,
        )
    listed = failures.list_failures(read_question("failures", QueryDict(query), Snapshot(NOW)), Snapshot(NOW))
    assert listed.rows or "error=none" in query
    for row in listed.rows:
        page = opened(row.fingerprint, urlsplit(row.url).query)
        assert page is not None
        assert page.row is not None
        assert replace(page.row, url="") == replace(row, url="")
        assert page.runs_url == row.runs_url
        assert page.list_url == listed.filter.here
        assert sum(touched.runs for touched in page.touched) == row.runs == page.basis.runs
        for url, number in [
            (page.runs_url, row.runs),
            *((touched.runs_url, touched.runs) for touched in page.touched if touched.runs_url),
        ]:
            asked = read_question("runs", QueryDict(urlsplit(url).query), Snapshot(NOW))
            assert run_list.list_runs(asked, Snapshot(NOW)).count.number == number


def test_runs_without_an_agent_name_none() -> None:
    agents = {("agent_a", 3), ("agent_a", 4), ("", None)}
    [agent] = detail._agents("f", {("default", "dep_a"): Touched(agents=agents)}, [("since", "7d")])
    assert (agent.id, agent.name, agent.versions) == ("agent_a", "agent_a", "v3, v4")
    assert agent.runs_url == "/runs/?agent_id=agent_a&since=7d&fingerprint=f"
    assert detail._agents("f", {}, []) == ()


def test_an_agent_is_named_by_the_deployments_that_use_it() -> None:
    stored_deployments(
        *(deployment_record(name, agent={"id": "agent_a", "version": 3}) | {"name": name} for name in "cab")
    )
    touched = {("default", "dep_a"): Touched(agents={("agent_a", 3), ("agent_gone", 1)})}
    agents = detail._agents("f", touched, [("agent_id", "agent_a"), ("agent_id", "agent_gone")])
    assert [(agent.name, agent.versions) for agent in agents] == [
        ("of a and 2 more", "v3"),
        ("agent_gone", "v1"),
    ]
    assert agents[1].runs_url == "/runs/?agent_id=agent_gone&fingerprint=f"


def test_the_latest_runs_say_their_message_and_not_again_their_type() -> None:
    stored_runs(
        failed(1, NOW, "no 1"), run_record(2, NOW, "failed", error={"type": "lonely_error", "message": ""})
    )
    texts = []
    for kind in (("unknown_error", "no 1"), ("lonely_error", "")):
        group = opened(fingerprint(*kind))
        assert group is not None
        texts.append([(run.error_type, run.error_line) for run in group.latest])
    assert texts == [[("", "no 1")], [("lonely_error", "")]]
