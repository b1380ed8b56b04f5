"""One group of failed runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.domain.fingerprints import fingerprint
from dashboard.services import failures
from dashboard.services.status.snapshot import Snapshot
from tests.factories import (
    NOW,
    deployment_record,
    stored_deployments,
    stored_runs,
)
from tests.failed_runs import failed
from tests.feeds import live

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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
    failure = failures.get_failure(fingerprint("unknown_error", message), Snapshot(NOW))
    assert failure is not None
    assert (failure.row.runs, failure.row.deployments, failure.basis.runs) == (63, 62, 63)
    assert failure.basis.since == NOW - 90 * DAY
    assert failure.message == message
    assert failure.pattern.startswith("no <n> word")
    assert (failure.touched[0].name, failure.touched[0].runs) == ("Nightly", 2)
    assert (len(failure.touched), failure.more) == (50, 12)
    assert "no deployment" not in [row.name for row in failure.touched[:1]]
    assert len(failure.latest) == 10


def test_a_run_of_no_deployment_has_no_deployment_link() -> None:
    live()
    stored_runs(failed(1, NOW, deployment_id=None))
    failure = failures.get_failure(fingerprint("unknown_error", "too slow"), Snapshot(NOW))
    assert failure is not None
    [touched] = failure.touched
    assert (touched.name, touched.url, touched.runs_url) == (
        *("no deployment", ""),
        f"/runs/?fingerprint={failure.row.fingerprint}",
    )


def test_a_group_without_kept_runs_is_none() -> None:
    assert failures.get_failure("0" * 16, Snapshot(NOW)) is None
