"""Success rates are of the numbers that counting one run after the other gives."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.domain.rates import Ended
from dashboard.models import Deployment, Run
from dashboard.services.deployments import success_rates
from dashboard.services.status.coverage import Coverage
from tests.factories import NOW, deployment_record, newer_shape, run_record, stored_deployments, stored_runs

pytestmark = pytest.mark.django_db
KNOWN = Coverage(NOW - timedelta(days=90), NOW - timedelta(days=90), begun=True)
EDGES = (0, 1, 719, 720, 721, 1_619, 1_620)  # seconds around the ends of quarter hours


def any_run(dice: random.Random, number: int) -> dict[str, Any]:
    status = dice.choice(["completed", "completed", "failed", "skipped", "running", "succeeded"])
    days, seconds = dice.choice([0, 1, 7, 30, dice.uniform(0, 40)]), dice.choice([*EDGES, 9, 9_999])
    at = NOW - timedelta(days=days, seconds=seconds * dice.choice([1, -1] if days else [1]))
    record = run_record(number, at, status, deployment_id=f"dep_{dice.choice('ab')}")
    return newer_shape(record) if dice.random() < 0.2 else record


def one_by_one(deployment: Deployment, since: datetime) -> Ended:
    runs = [run for run in Run.objects.for_deployment(deployment) if run.at >= since]
    known = ("completed", "failed", "skipped", "running", "pending", "started", "gone")
    return Ended(
        sum(run.status == "completed" for run in runs),
        sum(run.status == "failed" for run in runs),
        sum(run.unreported for run in runs),
        sum(run.status not in known for run in runs),
    )


@pytest.mark.parametrize("now", [NOW, NOW.replace(minute=45), NOW + timedelta(microseconds=1)])
def test_the_numbers_of_a_rate_are_those_of_its_runs(now: datetime) -> None:
    dice = random.Random(5)  # noqa: S311 - the same world each time
    deployments = stored_deployments(*(deployment_record(key) for key in "abc"))
    stored_runs(*(any_run(dice, number) for number in range(150)))
    stored_runs(run_record(999, now, triggered_at="soon", created_at="soon", completed_at=None))
    rates = success_rates.rates_of(deployments, {"default": KNOWN}, now)
    for deployment in deployments:
        expected = [one_by_one(deployment, now - timedelta(days=days)) for days in (1, 7, 30)]
        assert [rate.ended for rate in rates[deployment.key]] == expected
    assert all(rate.ended.finished and rate.ended.unreported for rate in rates["default", "dep_a"])


def test_a_retry_counts_for_the_share_in_the_end() -> None:
    assert success_rates.FirstTry("75 %", good=6, ended=8, of=10, rescued=2).share_in_the_end == "100 %"


@pytest.mark.parametrize(
    ("share", "remark", "reach", "text"),
    [
        ("50 %", "", "all read", ""),
        ("", "", "all read", "No run finished in 30 d."),
        ("", "no rate: outcomes not reported", "all read", "No rate: outcomes not reported."),
        ("", "", "read back to 14 Jun 09:42", "No run finished in 30 d; read back to 14 Jun 09:42."),
    ],
)
def test_where_no_span_has_a_rate_one_sentence_says_why(
    share: str, remark: str, reach: str, text: str
) -> None:
    ended = Ended(0, 0, 0, 0)
    spans = [success_rates.Rate(span, "", "", ended, "all read", "") for span in ("24 h", "7 d")]
    rates = [*spans, success_rates.Rate("30 d", share, "", ended, reach, remark)]
    assert success_rates.no_rate(rates) == text
