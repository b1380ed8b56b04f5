"""The list of groups of failed runs: which there are, what each shows, what the numbers are based on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone

from dashboard import filters
from dashboard.domain.fingerprints import fingerprint
from dashboard.filters.parameters import FAILURE_SORTS
from dashboard.models import Gap
from dashboard.services import failures
from dashboard.services.failures import FailureList, FailureRow
from dashboard.services.failures.basis import Basis, Shortcoming
from dashboard.services.failures.common_factors import agents_text
from dashboard.services.failures.sparkline import STEPS
from dashboard.services.runs import list as run_list
from dashboard.services.status.snapshot import Snapshot
from tests.factories import (
    NOW,
    deployment_record,
    newer_shape,
    run_record,
    stored_deployments,
    stored_runs,
)
from tests.failed_runs import failed
from tests.feeds import failing, live
from tests.vocabulary import Words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ADJECTIVES = ("bad", "cold", "dry", "odd", "flat", "grim", "hoarse", "lost", "mute", "torn")
NOUNS = ("table", "vault", "branch", "mirror", "socket")


def asked(query: str = "") -> FailureList:
    given = filters.failures(QueryDict(query), Words(accounts=("default", "other")))
    return failures.list_failures(given, Snapshot(NOW))


def only(query: str = "") -> FailureRow:
    [row] = asked(query).rows
    return row


def test_fifty_errors_that_come_twenty_times_are_fifty_groups() -> None:
    live()
    kinds = [f"The {adjective} {noun} is gone" for adjective in ADJECTIVES for noun in NOUNS]
    stored_runs(
        *(
            failed(
                20 * kind + time,
                NOW - timedelta(minutes=20 * kind + time),
                f"{message}: session sess_{kind * 7919 + time * 104729:032x} "
                f"at 2026-06-{time + 1:02}T0{time % 9}:00:00Z "
                f"on 10.0.{kind}.{time}:{5000 + time}, attempt {time}, {time * 37.5} ms",
            )
            for kind, message in enumerate(kinds)
            for time in range(20)
        )
    )
    page = asked()
    assert len(page.rows) == page.count.number == 50
    assert {row.runs for row in page.rows} == {20}
    assert page.basis.runs == 1_000


def test_only_what_failed_is_grouped() -> None:
    live()
    error = {"type": "concurrency_limit_reached", "message": "busy"}
    stored_runs(
        failed(1, NOW),
        run_record(2, NOW),
        run_record(3, NOW, "skipped", error=error),
        newer_shape(failed(4, NOW)),
        run_record(5, NOW, "failed", error=None),
    )
    assert sorted((row.error_type, row.runs) for row in asked().rows) == [
        ("", 1),
        ("unknown_error", 2),
    ]


def test_a_group_counts_runs_and_deployments_and_shows_its_newest_message() -> None:
    live()
    stored_runs(
        failed(1, NOW - HOUR, "no 1\nat all", deployment_id="dep_a"),
        failed(2, NOW - 2 * HOUR, "no 2\nat all", deployment_id="dep_b"),
        failed(3, NOW - 20 * DAY, "no 3 at all", deployment_id="dep_c"),
    )
    row = only()
    assert (row.runs, row.deployments, row.error_type, row.error_line) == (2, 2, "unknown_error", "no 1")
    assert (row.first_at, row.last_at) == (NOW - 20 * DAY, NOW - HOUR)
    assert row.url == f"/failures/{row.fingerprint}/?since=7d"
    assert row.fingerprint == fingerprint("unknown_error", "no 7 at all")


def test_groups_differ_by_any_part_of_the_message() -> None:
    live()
    same = "word " * 600
    stored_runs(failed(1, NOW, same + "one"), failed(2, NOW, same + "other"))
    assert len(asked().rows) == 2


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", {1, 2}),
        ("since=30d", {1, 2, 3}),
        ("since=30d&until=2026-06-01", {3}),
        ("error=timeout_error", {2}),
        ("deployment_id=dep_a", {1}),
        ("agent_id=agent_b", {2}),
        ("q=wide", {2}),
        ("q=nightly", {1}),
        ("account=other", set()),
    ],
)
def test_groups_are_filtered_as_runs_are(query: str, numbers: set[int]) -> None:
    live()
    stored_deployments(deployment_record("a") | {"name": "Nightly"})
    agent = {"id": "agent_b", "version": 1}
    stored_runs(
        failed(1, NOW - HOUR, "too slow"),
        failed(2, NOW - HOUR, "too wide", type="timeout_error", deployment_id="dep_b", agent=agent),
        failed(3, NOW - 20 * DAY, "too tall", deployment_id="dep_b"),
    )
    message = {"too slow": 1, "too wide": 2, "too tall": 3}
    assert {message[row.error_line] for row in asked(query).rows} == numbers


@pytest.mark.parametrize(
    ("query", "url"),
    [
        ("", "/runs/?since=7d&fingerprint="),
        ("since=24h&until=yesterday&q=slow&deployment_id=dep_a", None),
        ("since=30d&error=unknown_error", "/runs/?since=30d&error=unknown_error&fingerprint="),
    ],
)
def test_a_count_leads_to_exactly_the_runs_it_counts(query: str, url: str | None) -> None:
    live()
    stored_runs(*(failed(n, NOW - n * 7 * HOUR, deployment_id=f"dep_{'ab'[n % 2]}") for n in range(40)))
    page = asked(query).rows
    for row in page:
        assert url is None or row.runs_url == url + row.fingerprint
        given = QueryDict(row.runs_url.partition("?")[2])
        runs = filters.runs(given, Words())
        assert not runs.ignored
        assert run_list.list_runs(runs, Snapshot(NOW)).count.number == row.runs


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("-last_seen", "slow wide tall"),
        ("last_seen", "tall wide slow"),
        ("-runs", "tall wide slow"),
        ("runs", "slow wide tall"),
        ("-first_seen", "slow tall wide"),
        ("first_seen", "wide tall slow"),
    ],
)
def test_every_order_sorts_all_groups_and_pages_through_them(sort: str, order: str) -> None:
    live()
    stored_runs(
        failed(1, NOW - HOUR, "slow"),
        *(failed(10 + n, NOW - (2 + 50 * n) * HOUR, "wide") for n in range(2)),
        *(failed(20 + n, NOW - (3 + n) * HOUR, "tall") for n in range(3)),
    )
    assert [row.error_line for row in asked(f"sort={sort}").rows] == order.split()


@pytest.mark.parametrize("sort", FAILURE_SORTS)
def test_pages_hold_every_group_once_and_lead_back(sort: str) -> None:
    live()
    words = [f"{adjective} {noun}" for adjective in ADJECTIVES for noun in NOUNS][:25]
    stored_runs(*(failed(n, NOW - (n % 7) * HOUR, word) for n, word in enumerate(words)))
    url, seen = f"sort={sort}&limit=10", []
    while url:
        page = asked(url)
        seen += [row.error_line for row in page.rows]
        url, last = page.pager.older_url.partition("?")[2], page
    assert sorted(seen) == sorted(words)
    before = asked(last.pager.newer_url.partition("?")[2])
    assert [row.error_line for row in before.rows] == seen[10:20]


@pytest.mark.parametrize(
    ("first", "gap", "new"),
    [
        (HOUR, None, True),
        (DAY, None, True),
        (DAY + timedelta(seconds=1), None, False),
        (HOUR, 2 * DAY, True),  # a whole day before it is known
        (HOUR, DAY, False),  # not quite
        (HOUR, timedelta(minutes=30), False),
    ],
)
def test_a_group_is_new_if_absent_in_a_day_that_is_completely_known(
    first: timedelta, gap: timedelta | None, new: bool
) -> None:
    live()
    stored_runs(failed(1, NOW - first), failed(2, NOW))
    if gap:
        Gap.objects.create(account="default", from_at=NOW - gap, until_at=NOW - 90 * DAY)
    assert (only().new, only().sure) == (new, gap is None)


def test_nothing_is_new_where_an_account_has_not_been_read(settings: Any, account: Any) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    live()
    stored_runs(failed(1, NOW))
    assert not only().new
    assert asked().basis.shortcomings == (Shortcoming("the first reading is under way"),)
    assert not asked("account=default").basis.shortcomings


def test_numbers_that_are_complete_have_no_shortcoming() -> None:
    live()
    stored_runs(failed(1, NOW))
    assert asked().basis == Basis(1, NOW - 7 * DAY, None, ())
    assert asked("since=400d").basis.since == NOW - 90 * DAY  # older ones are not kept
    assert asked("until=yesterday").basis.until == datetime.combine(
        NOW.date(), datetime.min.time(), NOW.tzinfo
    )


def test_numbers_of_a_time_that_is_partly_read_are_not_complete() -> None:
    live()
    stored_runs(failed(1, NOW))
    Gap.objects.create(account="default", from_at=NOW - 2 * DAY, until_at=NOW - 90 * DAY)
    still_reading = Shortcoming("read back to ", NOW - 2 * DAY, ", older runs are still being read")
    assert asked().basis.shortcomings == (still_reading,)
    assert not asked("since=24h").basis.shortcomings


def test_numbers_of_a_stale_feed_or_with_unreadable_records_are_not_complete() -> None:
    feed = failing()
    assert asked().basis.shortcomings == (Shortcoming("last read ", NOW - timedelta(minutes=30)),)
    feed.delete()
    live(malformed=3)
    assert asked().basis.shortcomings == (Shortcoming("3 unreadable records left out"),)


def test_a_sparkline_counts_the_runs_of_each_step_of_the_span() -> None:
    live()
    stored_runs(
        failed(1, NOW),
        failed(2, NOW - 5 * HOUR),
        failed(3, NOW - 7 * HOUR),
        failed(4, NOW - 7 * DAY),
        failed(5, NOW),
    )
    spark = only().spark
    assert len(spark.bars) == STEPS == 28
    assert (spark.bars[0], spark.bars[-2], spark.bars[-1], sum(spark.bars)) == (1, 1, 3, 5)
    assert spark.text == "5 runs in 7 d, 3 of them in the 6 h from Tue 16 Jun 03:42"
    assert only("since=1h").spark.text == "2 runs in 1 h, all of them in the 2 min from Tue 16 Jun 09:39"


def test_a_span_is_as_long_as_the_time_that_went_by_where_clocks_are_changed() -> None:
    live()
    stored_runs(failed(1, NOW - DAY))
    with timezone.override("Australia/Sydney"):  # whose clocks went back on 5 April
        given = filters.failures(QueryDict("since=90d"), Words(accounts=("default", "other")))
        [row] = failures.list_failures(given, Snapshot(timezone.localtime(NOW))).rows
        assert row.spark.text == "1 run in 90 d, all of them in the 3 d from Sat 13 Jun 14:33"


def test_a_span_of_no_length_has_a_sparkline_too() -> None:
    live()
    stored_runs(failed(1, NOW))
    assert sum(only(f"since={NOW:%Y-%m-%dT%H:%M}").spark.bars) == 1


def test_what_all_touched_deployments_share_is_named_unless_all_others_have_it() -> None:
    live()
    vault = {"vault_ids": ["vault_v", 7]}
    stored_deployments(
        deployment_record("a", **vault),
        deployment_record("b", **vault),
        deployment_record("c", vault_ids="none"),
    )
    stored_runs(*(failed(n, NOW, deployment_id=f"dep_{'ab'[n % 2]}") for n in range(4)))
    assert [dependency.value for dependency in only().shared] == ["vault_v"]
    stored_runs(failed(9, NOW, deployment_id="dep_c"))
    assert only().shared == ()


def test_a_deployment_that_has_not_been_read_shares_only_the_agent_of_its_runs() -> None:
    live()
    stored_deployments(deployment_record("z", environment_id="env_z", agent={"id": "agent_z", "version": 1}))
    stored_runs(*(failed(n, NOW, deployment_id=f"dep_{n}") for n in range(2)))
    assert [dependency.value for dependency in only().shared] == ["agent_a v1"]


def states() -> dict[str, str]:
    """The state of each group, by the first line of its message."""
    return {row.error_line: row.badge.word for row in asked().rows}


def test_a_group_is_new_goes_on_or_has_stopped() -> None:
    live()
    stored_deployments(*(deployment_record(name) for name in "abcd"))
    stored_runs(
        failed(1, NOW - 3 * DAY, "long"),
        failed(2, NOW - HOUR, "long"),
        failed(3, NOW - HOUR, "young", deployment_id="dep_b"),
        failed(4, NOW - 2 * HOUR, "over", deployment_id="dep_c"),
        run_record(5, NOW - HOUR, deployment_id="dep_c"),
        failed(6, NOW - 2 * HOUR, "first", deployment_id="dep_d"),
        failed(7, NOW - HOUR, "then", deployment_id="dep_d"),
        failed(8, NOW - HOUR, "never read", deployment_id="dep_z"),
    )
    assert states() == {
        "long": "ongoing",
        "young": "new",
        "over": "stopped",  # the deployment is well again
        "first": "stopped",  # the deployment fails in another way by now
        "then": "new",
        "never read": "failed",  # what became of its deployment is not known
    }
    [row] = [row for row in asked().rows if row.error_line == "long"]
    assert (row.deployments, row.still_failing) == (1, 1)


def test_what_an_archived_deployment_failed_with_has_stopped() -> None:
    live()
    stored_deployments(deployment_record(archived_at="2026-06-10T00:00:00Z"))
    stored_runs(failed(1, NOW - HOUR, "gone"))
    assert states() == {"gone": "stopped"}


@pytest.mark.parametrize(
    ("agents", "text"),
    [
        ([("a", 3)], "agent v3"),
        ([("a", 4), ("a", 3), ("a", None)], "agent v3, v4"),
        ([("a", None)], ""),
        ([("", None)], ""),
        ([("a", 1), ("b", 1), ("", None)], "2 agents"),
    ],
)
def test_a_row_names_the_versions_of_one_agent_and_counts_several(
    agents: list[tuple[str, int | None]], text: str
) -> None:
    assert agents_text(set(agents)) == text
