"""What a demonstration remembers of health from before its start: as its runs show it, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from dashboard.domain.states import Health, HealthCause
from dashboard.models import Deployment, HealthChange, Watch
from dashboard.services.cloud.accounts import Account
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.demo_health import remember_health
from dashboard.services.sync.lease import LeaseHolder
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.health_bars import HOUR, changed, watched

pytestmark = pytest.mark.django_db
OK, FAILING, UNREAD, SILENT = Health.OK, Health.FAILING, Health.UNREAD, Health.SILENT
ACCOUNT = Account("default", "", "", "QODER_PAT", lambda: "pt-none", lambda _since, _until: [])
TAKES = timedelta(seconds=18)


def remember(account: Account = ACCOUNT) -> None:
    context = SyncContext("default", cast(Any, None), cast(Any, LeaseHolder().take()), timedelta(days=90))
    remember_health(context, account)


def ran(key: str, *runs: tuple[float, str]) -> None:
    """Runs of a deployment so many hours ago."""
    offset = 1_000 * ord(key)
    stored_runs(
        *(
            run_record(offset + number, NOW - hours * HOUR, status, deployment_id=f"dep_{key}")
            for number, (hours, status) in enumerate(runs)
        )
    )


def kept(key: str) -> list[tuple[str, str, float, float | None]]:
    """What became of it: before, after, and from how many hours ago to how many."""
    rows = HealthChange.objects.filter(deployment_id=f"dep_{key}").order_by("at")

    def ago(at: datetime) -> float:
        return round((NOW - at) / HOUR, 1)

    return [(row.before, row.after, ago(row.at), ago(row.until_at) if row.until_at else None) for row in rows]


@pytest.fixture
def fleet() -> None:
    """Read for the first time just now, and taken to have been watched before, but for a night."""
    stored_deployments(*(deployment_record(key) for key in "abcdef"))
    watched((36, 26), (14, 0))
    for key in "abde":
        changed((UNREAD, 0.2), (OK if key in "ab" else FAILING, 0.1), key=key, cause=HealthCause.FIRST)
    changed((UNREAD, 0.2), (SILENT, 0.1), key="c")
    changed((Health.NEVER_RAN, 0.2), key="f")
    changed((OK, 0.2), key="left")
    ran("a", (50, "completed"), (30, "failed"), (29, "failed"), (28, "completed"))
    ran("b", (40, "failed"), (20, "completed"), (19, "failed"), (18, "completed"), (10, "skipped"))
    ran("c", (60, "completed"), (3, "failed"))
    ran("d", (33, "completed"), (2, "failed"))
    ran("e", (34, "completed"), (33, "failed"), (0.05, "completed"))
    Deployment.objects.filter(name="c").update(silent_since=NOW - 5 * HOUR)


@pytest.mark.usefixtures("fleet")
def test_health_is_remembered_as_the_runs_show_it_and_once() -> None:
    for _ in range(2):
        remember()
    assert kept("a") == [("", OK, 36, 30), (OK, FAILING, 30, 28), (FAILING, OK, 28, None)]
    # Nobody watched from 26 hours ago until 14: what came then is judged when somebody did again.
    assert kept("b") == [("", FAILING, 36, 14), (FAILING, OK, 14, None)]
    assert kept("c") == [("", OK, 36, 5), (OK, SILENT, 5, None)]
    assert kept("d") == [("", OK, 33, 2), (OK, FAILING, 2, None)]
    assert kept("e") == [("", OK, 34, 33), (OK, FAILING, 33, None)]
    assert kept("f") == [("", Health.NEVER_RAN, 36, None)]
    assert kept("left") == [("", OK, 0.2, None)]
    assert Deployment.objects.get(name="d").health_since == NOW - 2 * HOUR + TAKES
    assert HealthChange.objects.get(deployment_id="dep_c", after=SILENT).cause == HealthCause.CLOCK


@pytest.mark.usefixtures("fleet")
def test_what_was_judged_since_the_first_reading_stays() -> None:
    HealthChange.objects.filter(deployment_id="dep_a").delete()
    changed((UNREAD, 0.3), (OK, 0.2), (Health.LATE, 0.1), key="a")
    remember()
    assert kept("a")[-2:] == [(FAILING, OK, 28, 0.1), (OK, Health.LATE, 0.1, None)]


@pytest.mark.usefixtures("fleet")
def test_of_an_account_that_is_not_the_demonstration_nothing_is_made_up() -> None:
    before = kept("a")
    remember(replace(ACCOUNT, promised=None))
    Watch.objects.order_by("since")[:1].get().delete()
    remember()  # of before the start nothing is remembered yet
    assert kept("a") == before
    HealthChange.objects.all().delete()
    watched((36, 26))
    remember()
    assert not HealthChange.objects.exists()
