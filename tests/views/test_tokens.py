"""A token that stands in the message of a failure is masked wherever the message is shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.domain.tokens import MASK
from tests.factories import deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live

pytestmark = pytest.mark.django_db

TOKEN = "pt-somebody-elses-0123456789"


@pytest.fixture
def fingerprint() -> str:
    """Of the only failure, whose message holds a token."""
    now = timezone.now()
    live(now=now, history_from=now - timedelta(days=90))
    stored_deployments(deployment_record(), now=now)
    error = {"type": "auth_error", "message": f"asked with {TOKEN}\nagain with {TOKEN}"}
    run = run_record(1, now - timedelta(minutes=5), "failed", error=error)
    return str(stored_runs(run, now=now)[0].fingerprint)


@pytest.mark.parametrize(
    "address",
    [
        *("/", "/deployments/", "/deployments/dep_a/", "/runs/", "/failures/", "/failures/{}/"),
        *("/wallboard/", "/runs.atom", "/failures.csv", "/failures.json"),
    ],
)
def test_no_page_shows_a_token_in_a_message(reader: Client, fingerprint: str, address: str) -> None:
    response = reader.get(address.format(fingerprint))
    content = response.getvalue().decode()
    assert response.status_code == 200
    assert MASK in content
    assert TOKEN not in content


def test_the_page_of_a_run_shows_a_token_in_its_record_alone(reader: Client, fingerprint: str) -> None:
    content = reader.get(f"/runs/drun_{1:032x}/").content.decode()
    message, record = content.split("asked with", 1)[0], content.rsplit("asked with", 1)[1]
    assert content.count(f"asked with {MASK}") >= 1
    assert content.count(TOKEN) == 2
    assert TOKEN not in message
    assert TOKEN in record
