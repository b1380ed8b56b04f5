"""What the deployments that fail now have in common."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.models import Deployment
from dashboard.services.overview.cause import failing_now
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.failed_runs import failed
from tests.feeds import live
from tests.judging import judge

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR = timedelta(hours=1)


def failing(*kinds: str, error_type: str = "quota_error") -> None:
    """Deployments of which each failed in its way an hour ago, the second an hour before it, and so on."""
    live()
    stored_deployments(*(deployment_record(str(n)) for n in range(len(kinds))))
    errors = ({"type": error_type, "message": f"no {kind}"} for kind in kinds)
    stored_runs(
        *(
            run_record(n, NOW - (n + 1) * HOUR, "failed", deployment_id=f"dep_{n}", error=error)
            for n, error in enumerate(errors)
        )
    )


@pytest.mark.parametrize(
    ("kinds", "text"),
    [
        ("", ""),
        ("a", ""),  # one shares with nobody
        ("ab", ""),
        ("aa", "both share quota_error"),
        ("aaa", "all 3 share quota_error"),
        ("aab", "2 share quota_error"),
        ("aabbb", "3 share quota_error"),
    ],
)
def test_a_cause_is_the_failure_that_most_of_the_failing_ones_share(kinds: str, text: str) -> None:
    words = {"a": "quota left", "b": "room for it"}
    failing(*(words[kind] for kind in kinds))
    judge(NOW)
    now = failing_now()
    assert (f"{now.cause.text} {now.cause.error}" if now.cause else "") == text
    assert now.since == (NOW - len(kinds) * HOUR if kinds else None)


def test_a_cause_leads_to_the_page_of_that_failure() -> None:
    failing("quota left", "quota left")
    judge(NOW)
    cause = failing_now().cause
    assert cause is not None
    kind = Deployment.objects.values_list("last_failure_id", flat=True)[0]
    assert kind
    assert cause.url.startswith("/failures/")


@pytest.mark.parametrize(
    ("message", "shown"), [("No quota\nat all", "No quota"), ("", "an error without type or text")]
)
def test_an_error_without_a_type_is_called_by_its_first_line(message: str, shown: str) -> None:
    live()
    stored_deployments(*(deployment_record(str(n)) for n in range(2)))
    stored_runs(*(failed(n, NOW - HOUR, message, deployment_id=f"dep_{n}") for n in range(2)))
    Deployment.objects.update(last_error_type="")
    judge(NOW)
    cause = failing_now().cause
    assert cause is not None
    assert cause.error == shown


def test_what_failed_and_is_well_again_is_no_part_of_it() -> None:
    failing("quota left", "quota left")
    stored_runs(run_record(9, NOW, deployment_id="dep_0"))
    judge(NOW)
    assert failing_now().cause is None
