"""What a row is called in a shell or a trouble report, and how a column of records is kept."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db.models import Model

from dashboard.models import (
    Acknowledgement,
    Alert,
    AlertedRun,
    AlertIncident,
    AlertMessage,
    AlertRule,
    DayTally,
    DayTotal,
    FinishedRun,
    Name,
    QuarterTotal,
    QuietWindow,
    ReaderChoice,
    Run,
    RunTotal,
    SavedView,
)
from dashboard.models.person import Identity

RULE = AlertRule(name="On call")
INCIDENT = AlertIncident(rule=RULE, label="timeout_error")


@pytest.mark.parametrize(
    ("row", "part"),
    [
        (RULE, "On call"),
        (INCIDENT, "timeout_error"),
        (Alert(incident=INCIDENT, deployment_id="dep_a"), "dep_a"),
        (AlertedRun(rule=RULE, run_id="drun_1"), "drun_1 for On call"),
        (FinishedRun(run_id="drun_1"), "drun_1"),
        (AlertMessage(rule=RULE, kind="opened"), "opened for On call"),
        (Acknowledgement(deployment_id="dep_a", cause="late"), "dep_a: late"),
        (Identity(subject="4711", issuer="https://id.example"), "4711 at https://id.example"),
        (Name(text="dep_a"), "dep_a"),
        (QuietWindow(name="Upgrade"), "Upgrade"),
        (ReaderChoice(user=User(username="ada"), settings="theme=dark"), "ada: theme=dark"),
        (SavedView(name="Red ones"), "Red ones"),
        (RunTotal(deployment_id="dep_a", status="failed", number=3), "3 failed of dep_a"),
        (QuarterTotal(status="failed", number=3, quarter=1), "3 failed in quarter hour 1"),
        (DayTotal(status="failed", number=3, day=1), "3 failed on day 1"),
        (DayTally(deployment_id="dep_a", status="failed", number=3, day=1), "3 failed of dep_a on day 1"),
    ],
)
def test_a_row_says_what_it_is(row: Model, part: str) -> None:
    assert part in str(row)


def test_migrations_know_a_column_of_records_as_text() -> None:
    field = Run._meta.get_field("record_json")
    assert field.deconstruct()[1] == "django.db.models.TextField"
