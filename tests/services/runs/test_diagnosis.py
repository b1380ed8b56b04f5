"""What coincides with a failure: counted by hand, silent where too little is known, and never a cause."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import Run
from dashboard.services.runs import diagnosis
from dashboard.services.runs.diagnosis import Diagnosis, diagnosis_of_deployment, diagnosis_of_run
from tests.factories import (
    NOW,
    Record,
    deployment_record,
    newer_shape,
    run_record,
    stored_deployments,
    stored_runs,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR = timedelta(hours=1)
DAY_AROUND = "/failures/{}/?since=2026-06-15T09%3A42%3A00Z&until=2026-06-17T09%3A42%3A00Z"


def outcomes(letters: str, version: int = 1, after: int = 0) -> list[Record]:
    """Runs an hour apart, the last letter the newest: c completed, f failed, s skipped; `after` hours ago."""
    words = {"c": "completed", "f": "failed", "s": "skipped"}
    agent = {"agent": {"id": "agent_a", "type": "agent", "version": version}}
    return [
        run_record(after + age, NOW - (after + age) * HOUR, words[letter], **agent)
        for age, letter in enumerate(reversed(letters))
    ]


def of(*records: Record, number: int = 0) -> Diagnosis | None:
    stored_runs(*records)
    return diagnosis_of_run(Run.objects.get(run_id=f"drun_{number:032x}"))


def parts(given: Diagnosis | None) -> tuple[str, str, str]:
    return (given.lead, given.counted, given.others) if given else ("", "", "")


SINCE = "Failing since agent version 4"
CASES = {
    "a new version fails": (
        [*outcomes("cccccccccc", after=10), *outcomes("fcffcffcff", 4)],
        (SINCE, "7 of 10 failed since, 0 of 10 before", ""),
    ),
    "too few with the new version": (
        [*outcomes("cccccc", after=4), *outcomes("ffff", 4)],
        ("", "4 of 10 finished runs up to this one failed", ""),
    ),
    "too few before": (
        [*outcomes("cccc", after=5), *outcomes("fffff", 4)],
        ("", "5 of 9 finished runs up to this one failed", ""),
    ),
    "it failed before as well": (
        [*outcomes("fffcc", after=5), *outcomes("fffff", 4)],
        ("", "8 of 10 finished runs up to this one failed", ""),
    ),
    "skipped runs are no finished ones": (
        outcomes("csscccf"),
        ("", "1 of 5 finished runs up to this one failed", ""),
    ),
    "four finished runs say nothing": (outcomes("cccf"), ("", "", "")),
    "at most the last twenty": (
        outcomes("f" * 30),
        ("", "20 of 20 finished runs up to this one failed", ""),
    ),
    "outcomes that are not reported are not known": (
        [newer_shape(record) for record in outcomes("ffffff")],
        ("", "", ""),
    ),
    "no failure": (outcomes("cccccccc"), ("", "", "")),
}


@pytest.mark.parametrize("case", CASES)
def test_a_run_is_set_beside_those_of_its_deployment(case: str) -> None:
    records, wanted = CASES[case]
    assert parts(of(*records)) == wanted


def test_another_agent_is_not_taken_for_an_earlier_version() -> None:
    other = {"agent": {"id": "agent_b", "type": "agent", "version": 4}}
    records = [*outcomes("ccccc", 4, after=5), *(record | other for record in outcomes("fffff"))]
    assert parts(of(*records)) == ("Failing since agent agent_b v4", "5 of 5 failed since, 0 of 5 before", "")


def test_a_failure_with_a_version_that_was_replaced_since_is_set_in_its_own_time() -> None:
    records = [*outcomes("ccccc", 3, after=12), *outcomes("fffff", 4, after=6), *outcomes("cccccc", 5)]
    assert parts(of(*records, number=7)) == (
        "Failing with agent version 4",
        "5 of 5 failed with it, 0 of 5 before",
        "",
    )


def alike(number: int, age: timedelta, deployment_id: str | None, **changes: object) -> Record:
    error = {"type": "vault_error", "message": "no vault"}
    return run_record(number, NOW - age, "failed", deployment_id=deployment_id, error=error, **changes)


def test_others_that_failed_alike_within_a_day_are_counted_and_led_to() -> None:
    mine = alike(0, timedelta(), "dep_a")
    result = of(mine, alike(1, HOUR, "dep_b"), alike(2, HOUR, "dep_b"), alike(3, 25 * HOUR, "dep_c"))
    assert result is not None
    assert result.others == "1 other deployment shares the error"
    [run] = stored_runs(mine)
    assert result.others_url == DAY_AROUND.format(run.fingerprint)
    stored_runs(alike(4, 2 * HOUR, "dep_d"), alike(5, 2 * HOUR, None))
    assert parts(diagnosis_of_run(run))[2] == "2 other deployments share the error"


def test_so_many_others_are_not_counted_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "_MOST_OTHERS", 2)
    result = of(*(alike(n, n * HOUR, f"dep_{n}") for n in range(5)))
    assert parts(result)[2] == "2 or more other deployments share the error"


def test_no_error_is_shared_by_those_that_name_none() -> None:
    assert of(*(run_record(n, NOW, "failed", error=None, deployment_id=f"dep_{n}") for n in range(3))) is None


def test_a_run_of_no_deployment_or_at_no_known_time_has_no_place_among_others() -> None:
    assert of(alike(0, timedelta(), None), *outcomes("cccccc", after=1)) is None
    undated = {"triggered_at": None, "created_at": None, "completed_at": None}
    assert of(alike(9, timedelta(), "dep_a", **undated), number=9) is None


def test_a_run_takes_two_queries() -> None:
    [run, *_] = stored_runs(*outcomes("ccccccccccf"))
    with CaptureQueriesContext(connection) as queries:
        diagnosis_of_run(run)
    assert len(queries) == 2


def test_a_deployment_that_fails_now_is_judged_by_its_last_failure() -> None:
    stored_deployments(deployment_record())
    stored_runs(*outcomes("cccccccccc", after=10), *outcomes("fcffcffcff", 4))
    [deployment] = stored_deployments(deployment_record())
    latest = list(Run.objects.newest_first())
    assert parts(diagnosis_of_deployment(deployment, latest))[:2] == (
        SINCE,
        "7 of 10 failed since, 0 of 10 before",
    )
    assert diagnosis_of_deployment(deployment, []) is None
    deployment.streak = 0
    assert diagnosis_of_deployment(deployment, latest) is None


def test_a_deployment_s_share_is_up_to_its_last_failure() -> None:
    stored_deployments(deployment_record())
    stored_runs(*outcomes("cccccff"))
    [deployment] = stored_deployments(deployment_record())
    assert parts(diagnosis_of_deployment(deployment, list(Run.objects.newest_first())))[1] == (
        "2 of 7 finished runs up to the last failure failed"
    )
