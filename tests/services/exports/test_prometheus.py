"""Figures for a monitoring system."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.db.models import F
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from dashboard.domain.text import clean, without_controls
from dashboard.models import Deployment, Feed, Gap, SlotTotal
from dashboard.services.cloud.accounts import Account
from dashboard.services.exports.prometheus import FIGURES, LASTS, exposition
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs, text
from tests.feeds import failing, live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Samples = dict[tuple[str, ...], float]


def kept(query: str = "", now: datetime = NOW) -> str:
    """The same as it is written, of what was made before where that is still good."""
    return exposition(read_question("metrics", QueryDict(query), Snapshot(now)), Snapshot(now)).decode()


def figures(query: str = "", now: datetime = NOW) -> dict[str, Samples]:
    """What a monitoring system reads: by name, the values by those of their labels, which come in order."""
    caches["metrics"].clear()
    lines = kept(query, now)
    return {
        family.name.removeprefix("qoder_"): {
            tuple(sample.labels.values()): sample.value for sample in family.samples
        }
        for family in text_string_to_metric_families(lines)
    }


def test_a_deployment_tells_how_it_stands() -> None:
    live()
    stored_deployments(deployment_record(name="Nightly"))
    completed: dict[str, Any] = {"completed_at": "2026-06-15T10:00:00Z", "duration_ms": 90_500}
    stored_runs(
        run_record(1, NOW - HOUR, "failed"),
        run_record(2, NOW - 2 * HOUR, "failed"),
        run_record(3, NOW - 20 * HOUR, **completed),
    )
    shown = figures()
    one = ("default", "dep_a")
    assert shown["deployment_info"] == {("default", "agent_a", "dep_a", "env_a", "failing", "Nightly"): 1}
    assert {name.name: shown[f"deployment_{name.name}"].get(one) for name in FIGURES} == {
        "failures_in_a_row": 2,
        "last_run_timestamp_seconds": (NOW - HOUR).timestamp(),
        "last_success_timestamp_seconds": (NOW - 20 * HOUR).timestamp(),
        "last_failure_timestamp_seconds": (NOW - HOUR).timestamp(),
        "next_run_timestamp_seconds": datetime.fromisoformat("2126-06-17T09:00:00Z").timestamp(),
        "runs_dated_ahead": 0.0,
        "runs_without_time": 0.0,
        "last_duration_seconds": 90.5,
        "usual_duration_seconds": 90.5,
    }
    assert shown["runs_last_day"] == {("default", "completed"): 1, ("default", "failed"): 2}


def test_what_ran_more_than_a_day_ago_is_no_run_of_the_last_day() -> None:
    live()
    stored_deployments(deployment_record())
    ages = (timedelta(0), timedelta(hours=23, minutes=44), timedelta(hours=24, minutes=1), timedelta(days=3))
    stored_runs(*(run_record(number, NOW - age) for number, age in enumerate(ages)))
    assert figures()["runs_last_day"] == {("default", "completed"): 2}
    stored_runs(run_record(0, NOW, "failed"), run_record(1, NOW - ages[1], "failed"))
    assert figures()["runs_last_day"] == {("default", "failed"): 2}


def test_what_is_not_known_has_no_sample() -> None:
    stored_deployments(deployment_record(status="paused", schedule=None))
    shown = figures()
    assert shown["deployment_failures_in_a_row"] == {("default", "dep_a"): 0}
    kinds = {name for name, samples in shown.items() if samples}
    assert kinds == {
        *("deployment_info", "deployment_failures_in_a_row", "deployments"),
        *("deployment_runs_dated_ahead", "deployment_runs_without_time"),
        *("feed_fresh", "feed_skipped_records", "feed_runs"),
    }


def test_each_health_has_its_number_also_where_it_is_none(account: Account, settings: Any) -> None:
    other = Account("other", "", "", "", lambda: "")
    settings.ACCOUNTS = (account, other)
    stored_deployments(deployment_record("a"), deployment_record("b"))
    stored_deployments(deployment_record("a", status="paused"), account="other")
    stored_deployments(deployment_record("a"), account="configured no more")
    result = figures()["deployments"]
    assert {key: number for key, number in result.items() if number} == {
        ("default", "never"): 2,
        ("other", "paused"): 1,
        ("configured no more", "never"): 1,
    }
    assert result["default", "failing"] == result["other", "missed"] == 0


def test_a_feed_tells_how_old_and_how_whole_it_is() -> None:
    live(malformed=3, runs_kept=2_459)
    feed = Feed.objects.get()
    assert feed.succeeded_at
    shown = figures()
    assert shown["feed_fresh"] == {("default",): 1}
    assert shown["feed_read_timestamp_seconds"] == {("default",): feed.succeeded_at.timestamp()}
    assert shown["feed_complete_since_timestamp_seconds"] == {
        ("default",): (NOW - timedelta(days=90)).timestamp()
    }
    assert shown["feed_skipped_records"] == {("default",): 3}
    assert shown["feed_runs"] == {("default",): 2_459}


def test_a_feed_that_fails_or_was_never_read_is_not_fresh() -> None:
    assert figures()["feed_fresh"] == {("default",): 0}
    failing()
    assert figures()["feed_fresh"] == {("default",): 0}


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", {"dep_a", "dep_b"}),
        ("health=failing", {"dep_a"}),
        ("q=b", {"dep_b"}),
        ("include_archived=true", {"dep_a", "dep_b", "dep_c"}),
        ("sort=name&limit=10&cursor=x", {"dep_a", "dep_b"}),
    ],
)
def test_the_filters_of_the_list_choose_what_is_shown(query: str, ids: set[str]) -> None:
    live()
    archived = deployment_record("c", archived_at="2026-06-10T00:00:00Z")
    stored_deployments(deployment_record("a"), deployment_record("b"), archived)
    stored_runs(run_record(1, NOW, "failed"), run_record(2, NOW, deployment_id="dep_b"))
    shown = figures(query)
    assert {deployment_id for _, deployment_id in shown["deployment_failures_in_a_row"]} == ids
    assert sum(shown["runs_last_day"].values()) == len(ids - {"dep_c"})
    assert sum(shown["deployments"].values()) == len(ids)


def test_figures_are_judged_as_of_the_accounts_own_instant(account: Account, settings: Any) -> None:
    other, new = (Account(name, "", "", "", lambda: "") for name in ("other", "new"))
    settings.ACCOUNTS = (account, other, new)
    live()
    failing("other")
    live("new", succeeded_at=None)
    live("left")
    then, read_at = NOW - timedelta(minutes=30), NOW - timedelta(seconds=4)
    schedule = {"expression": "0 9 * * *", "timezone": "UTC"}
    schedule["upcoming_runs_at"] = [text(NOW - 10 * MINUTE), text(NOW + HOUR)]  # type: ignore[assignment]
    for name in ("default", "other", "left"):
        stored_deployments(deployment_record(schedule=schedule), account=name, now=then)
        stored_runs(run_record(1, NOW - DAY - 20 * MINUTE), account=name)
    shown = figures()
    assert shown["feed_judged_timestamp_seconds"] == {
        ("default",): NOW.timestamp(),
        ("other",): then.timestamp(),
        ("left",): read_at.timestamp(),
    }
    assert shown["deployment_next_run_timestamp_seconds"] == {
        ("default", "dep_a"): (NOW + HOUR).timestamp(),
        ("other", "dep_a"): (NOW - 10 * MINUTE).timestamp(),
        ("left", "dep_a"): (NOW + HOUR).timestamp(),
    }
    assert shown["runs_last_day"] == {("other", "completed"): 1}  # of the day before it was read


def test_the_runs_of_a_day_that_was_not_read_to_its_end_have_no_sample() -> None:
    live()
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW - HOUR))
    gap = Gap.objects.create(account="default", from_at=NOW - 2 * HOUR, until_at=NOW - 2 * DAY)
    assert figures()["runs_last_day"] == {}
    Gap.objects.filter(pk=gap.pk).update(from_at=NOW - DAY)
    assert figures()["runs_last_day"] == {("default", "completed"): 1}


def test_settled_slots_are_counted_by_deployment_and_outcome_with_noughts() -> None:
    live()
    by_hand = deployment_record("b", schedule=None)
    stored_deployments(deployment_record("a"), by_hand, deployment_record("c", schedule=None))
    for deployment_id, settled, revised in (("dep_a", 3, 1), ("dep_c", 1, 0)):
        SlotTotal.objects.create(
            account="default", deployment_id=deployment_id, outcome="missed", settled=settled, revised=revised
        )
    outcomes = ("on time", "late", "skipped", "missed", "unobserved", "withdrawn")
    ids = ("dep_a", "dep_c")
    none = {("default", id_, word): 0 for id_ in ids for word in outcomes}
    expected = none | {("default", "dep_a", "missed"): 3, ("default", "dep_c", "missed"): 1}
    shown = figures()
    assert shown["deployment_slots_settled"] == expected
    assert shown["deployment_slots_revised"] == {
        (*key, word): int((*key, word) == ("default", "dep_a", "missed"))
        for key in (("default", id_) for id_ in ids)
        for word in outcomes[3:]
    }


def test_a_counter_is_called_one() -> None:
    live()
    stored_deployments(deployment_record())
    lines = exposition(read_question("metrics", QueryDict(""), Snapshot(NOW)), Snapshot(NOW)).decode()
    assert "# TYPE qoder_deployment_slots_settled_total counter\n" in lines
    labels = 'account="default",deployment_id="dep_a",outcome="on time"'
    assert f"qoder_deployment_slots_settled_total{{{labels}}} 0.0\n" in lines


def test_an_account_that_is_asked_for_is_shown_alone(account: Account, settings: Any) -> None:
    settings.ACCOUNTS = (account, Account("other", "", "", "", lambda: ""))
    stored_deployments(deployment_record())
    stored_deployments(deployment_record(), account="other")
    for samples in figures("account=other").values():
        assert {labels[0] for labels in samples} <= {"other"}


def test_the_queries_do_not_depend_on_how_many_there_are() -> None:
    live()
    stored_deployments(deployment_record("0"))
    stored_runs(run_record(1, NOW, deployment_id="dep_0"))
    with CaptureQueriesContext(connection) as few:
        figures()
    stored_deployments(*(deployment_record(str(number)) for number in range(30)))
    SlotTotal.objects.bulk_create(
        SlotTotal(account="default", deployment_id=f"dep_{n}", outcome="missed", settled=n) for n in range(30)
    )
    stored_runs(*(run_record(n, NOW - n * HOUR, deployment_id=f"dep_{n}") for n in range(30)))
    with CaptureQueriesContext(connection) as many:
        figures()
    assert len(many) == len(few) <= 7


def test_what_is_about_deployments_is_made_once_for_a_version_of_the_mirror() -> None:
    live()
    stored_deployments(deployment_record())
    first = kept()
    Deployment.objects.update(name="renamed")
    assert kept() == first
    assert "renamed" not in kept(now=NOW + timedelta(seconds=1)), "while runs are kept since a second later"
    assert "renamed" in kept(now=NOW + timedelta(seconds=LASTS)), "a few seconds later"
    assert "renamed" in kept("account=default"), "another question"
    Feed.objects.update(version=F("version") + 1)
    assert "renamed" in kept()
    later = kept(now=NOW + timedelta(seconds=1)).splitlines()
    changed = {line.partition("{")[0] for line in set(later) - set(kept().splitlines())}
    assert changed == {"qoder_feed_judged_timestamp_seconds", "qoder_feed_complete_since_timestamp_seconds"}


def test_nothing_that_was_reported_in_confidence_is_in_it() -> None:
    secret: dict[str, Any] = {
        "initial_events": [{"type": "user.message", "content": "the secret prompt"}],
        "environment_variables": {"KEY": "the secret variable"},
        "description": "the secret description",
    }
    stored_deployments(deployment_record(**secret))
    error = {"type": "x", "message": "the secret error"}
    stored_runs(run_record(1, NOW, "failed", error=error))
    assert b"secret" not in exposition(read_question("metrics", QueryDict(""), Snapshot(NOW)), Snapshot(NOW))


@given(st.text(st.characters(codec=None)).map(clean))
def test_a_name_full_of_anything_is_one_label(name: str) -> None:
    stored_deployments(deployment_record())
    Deployment.objects.update(name=name)
    [(*_, known)] = figures()["deployment_info"]
    assert known == without_controls(name, "\n")
