"""What has been read so far of an account that was never read completely."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.models import Gap
from dashboard.services.cloud.accounts import Account
from dashboard.services.status import coverage
from dashboard.services.status.first_reading import FirstReading, describe
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import failing, live

DAY = timedelta(days=1)


def reading(
    runs: int, deployments: int, *, read: bool = True, gap: datetime | None = None, failing: bool = False
) -> FirstReading:
    known = coverage.of_account(NOW, read=read, gap_from=gap)
    return FirstReading("lab", runs, deployments, known, failing)


@pytest.mark.parametrize(
    ("read_so_far", "text"),
    [
        (reading(0, 0, read=False), "nothing read yet"),
        (reading(2_459, 0, gap=NOW - DAY), "2,459 runs back to 15 Jun 09:42 and 0 deployments so far"),
        (reading(1, 1), "1 run of all 90 days and 1 deployment so far"),
        (reading(0, 13, read=False), "0 runs and 13 deployments so far"),
    ],
)
def test_it_says_how_many_and_back_to_when(read_so_far: FirstReading, text: str) -> None:
    assert read_so_far.text == text


def test_each_of_several_is_named() -> None:
    one = reading(0, 0, read=False)
    assert describe((one,), named=False) == "first reading: nothing read yet"
    both = "first reading of lab: nothing read yet; first reading of lab: nothing read yet"
    assert describe((one, one), named=True) == both
    assert describe((), named=True) == ""


@pytest.mark.parametrize(
    ("runs", "failing", "announced"), [(0, True, False), (1, True, True), (0, False, True)]
)
def test_trouble_alone_has_its_own_banner(runs: int, failing: bool, announced: bool) -> None:
    assert reading(runs, 0, failing=failing).announced is announced


@pytest.mark.django_db
def test_a_snapshot_has_the_accounts_never_read_completely(account: Account, settings: Any) -> None:
    names = ("lab", "new", "refused")
    settings.ACCOUNTS = (account, *(Account(name, "", "", "", lambda: "") for name in names))
    live()
    live("lab", succeeded_at=None, runs_kept=2)
    failing("refused", polled_at=None, succeeded_at=None)
    Gap.objects.create(account="lab", from_at=NOW - DAY, until_at=NOW - 90 * DAY)
    for owner in ("default", "lab"):
        stored_deployments(deployment_record("a"), deployment_record("b"), account=owner)
        stored_runs(run_record(1, NOW), account=owner)
    snapshot = Snapshot(NOW)
    assert snapshot.healths == {"unread": 2, "ok": 1, "never": 1}
    assert [(one.account, one.runs, one.deployments, one.failing) for one in snapshot.first_readings] == [
        ("lab", 2, 2, False),
        ("new", 0, 0, False),
        ("refused", 0, 0, True),
    ]
    assert [one.account for one in snapshot.first_readings_of(["default", "new"])] == ["new"]
