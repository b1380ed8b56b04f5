"""Runs and deployments for other programs."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.text import without_controls
from dashboard.models import Gap
from dashboard.services.cloud.accounts import Account
from dashboard.services.deployments.detail import deployment_page
from dashboard.services.exports import csv_json
from dashboard.services.lists.questions import read_question
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import failing, live
from tests.judging import judged

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
HOUR = timedelta(hours=1)


def whole(path: str) -> str:
    return f"https://site.example{path}"


def run_rows(query: str = "") -> list[csv_json.Row]:
    asked = read_question("runs.csv", QueryDict(query), Snapshot(NOW))
    return list(csv_json.run_rows(asked, Snapshot(NOW), whole))


def deployment_rows(query: str = "") -> list[csv_json.Row]:
    asked = read_question("deployments.csv", QueryDict(query), Snapshot(NOW))
    return list(csv_json.deployment_rows(asked, Snapshot(NOW), whole))


def failure_rows(query: str = "") -> list[csv_json.Row]:
    asked = read_question("failures.csv", QueryDict(query), Snapshot(NOW))
    return list(csv_json.failure_rows(asked, Snapshot(NOW), whole))


def read(rows: list[csv_json.Row], columns: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows as a program reads them back from the file."""
    text = b"".join(csv_json.as_csv(rows, columns)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_run_has_its_columns_its_deployment_s_name_and_its_page() -> None:
    live()
    stored_deployments(deployment_record(name="Nightly"))
    extras = {"attempt": 1, "turn_id": f"turn_{1:032x}", "started_at": "2026-06-16T08:42:01Z"}
    stored_runs(run_record(1, NOW - HOUR, "failed", duration_ms=17_000, cas_run_extras=extras))
    [row] = read(run_rows(), csv_json.RUN_COLUMNS)
    assert row == {
        "id": f"drun_{1:032x}",
        "account": "default",
        "deployment_id": "dep_a",
        "deployment_name": "Nightly",
        "status": "failed",
        "trigger_type": "schedule",
        "time": "known",
        "triggered_at": "2026-06-16T08:42:00Z",
        "created_at": "2026-06-16T08:42:00Z",
        "started_at": "2026-06-16T08:42:01Z",
        "completed_at": "2026-06-16T08:42:18Z",
        "duration_ms": "17000",
        "agent_id": "agent_a",
        "agent_version": "1",
        "attempt": "1",
        "session_id": "",
        "turn_id": f"turn_{1:032x}",
        "error_type": "timeout_error",
        "error_message": "Turn 1 did not finish",
        "gone_at": "",
        "url": f"https://site.example/runs/drun_{1:032x}/",
        "judged_at": "2026-06-16T09:42:00Z",
    }


def test_a_deployment_has_its_health_and_its_schedule() -> None:
    live()
    stored_deployments(deployment_record(name="Nightly"))
    stored_runs(run_record(1, NOW - HOUR, "failed"), run_record(2, NOW - 2 * HOUR, "failed"))
    stored_deployments(deployment_record(name="Nightly"), now=NOW)
    [row] = read(deployment_rows(), csv_json.DEPLOYMENT_COLUMNS)
    assert (row["id"], row["name"], row["health"]) == ("dep_a", "Nightly", "failing")
    assert (row["failures_in_a_row"], row["last_run_at"]) == ("2", "2026-06-16T08:42:00Z")
    assert (row["expression"], row["timezone"]) == ("0 9 * * *", "UTC")
    assert row["next_run_at"] == "2126-06-17T09:00:00Z"
    assert row["url"] == "https://site.example/deployments/dep_a/"


def test_a_deployment_has_its_description_and_the_success_rates_of_its_page() -> None:
    live()
    stored_deployments(deployment_record(description="Adds up"), deployment_record("b"))
    stored_runs(
        run_record(1, NOW - HOUR, "failed"),
        run_record(2, NOW - 2 * HOUR),
        run_record(3, NOW - 48 * HOUR),
        run_record(4, NOW - 240 * HOUR),
        run_record(5, NOW - 3 * HOUR, "running"),
    )
    row, idle = read(deployment_rows("sort=name"), csv_json.DEPLOYMENT_COLUMNS)
    assert (row["description"], idle["description"]) == ("Adds up", "")
    columns = [f"{figure}_{span}" for span in csv_json.RATES for figure in ("success_rate", "finished")]
    assert [row[column] for column in columns] == ["50 %", "2", "66.7 %", "3", "75 %", "4"]
    assert [idle[column] for column in columns] == ["", "0", "", "0", "", "0"]
    page = deployment_page(judged(NOW).get(deployment_id="dep_a"), Snapshot(NOW))
    assert [row[f"success_rate_{rate.span.replace(' ', '')}"] for rate in page.rates] == [
        rate.share for rate in page.rates
    ]


def test_a_rate_over_a_time_that_was_not_read_to_its_beginning_is_empty() -> None:
    live()
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW - HOUR))
    Gap.objects.create(account="default", from_at=NOW - 3 * 24 * HOUR, until_at=NOW - 50 * 24 * HOUR)
    [row] = deployment_rows()
    columns = [f"{figure}_{span}" for span in csv_json.RATES for figure in ("success_rate", "finished")]
    assert [row[column] for column in columns] == ["100 %", 1, None, None, None, None]


def test_each_row_says_as_of_when_its_account_is_judged(account: Account, settings: Any) -> None:
    other, new = (Account(name, "", "", "", lambda: "") for name in ("other", "new"))
    settings.ACCOUNTS = (account, other, new)
    live()
    failing("other")
    live("new", succeeded_at=None)
    for name in ("default", "other", "new"):
        stored_deployments(deployment_record(), account=name)
        stored_runs(run_record(1, NOW - HOUR, "failed"), account=name)
    expected = {"default": NOW, "other": NOW - HOUR / 2, "new": None}
    assert {row["account"]: row["judged_at"] for row in run_rows()} == expected
    assert {row["account"]: row["judged_at"] for row in deployment_rows()} == expected
    parsed = json.loads(
        b"".join(csv_json.as_json([], read_question("runs.json", QueryDict(), Snapshot(NOW)), Snapshot(NOW)))
    )
    assert [(feed["judged_at"], feed["runs"], feed["deployments"]) for feed in parsed["feeds"]] == [
        ("2026-06-16T09:42:00Z", 0, 1),
        ("2026-06-16T09:12:00Z", 0, 1),
        (None, 0, 1),
    ]


@pytest.mark.parametrize(
    ("query", "judged_at"),
    [("account=default", NOW), ("account=default&account=other", NOW - HOUR / 2), ("", None)],
)
def test_a_group_of_failures_is_as_of_the_account_that_was_read_longest_ago(
    query: str, judged_at: datetime | None, account: Account, settings: Any
) -> None:
    other, new = (Account(name, "", "", "", lambda: "") for name in ("other", "new"))
    settings.ACCOUNTS = (account, other, new)
    live()
    failing("other")
    live("new", succeeded_at=None)
    stored_runs(run_record(1, NOW - HOUR, "failed"))
    [row] = failure_rows(query)
    assert row["judged_at"] == judged_at


def test_the_success_rates_of_a_batch_are_read_in_two_queries() -> None:
    stored_deployments(*(deployment_record(f"{number:02}") for number in range(10)))
    with CaptureQueriesContext(connection) as captured:
        assert len(deployment_rows()) == 10
    assert len([query for query in captured if "COUNT(" in query["sql"] or "SUM(" in query["sql"]]) == 2


def test_a_group_of_failures_has_the_figures_of_its_list() -> None:
    live()
    stored_deployments(deployment_record(), deployment_record("b"))
    slow = {"type": "timeout_error", "message": "Too slow\nvery"}
    stored_runs(
        run_record(1, NOW - HOUR, "failed", error=slow),
        run_record(2, NOW - 2 * HOUR, "failed", error=slow),
        run_record(3, NOW - 200 * HOUR, "failed", error=slow),
        run_record(4, NOW - 3 * HOUR, "failed", deployment_id="dep_b"),
    )
    first, second = read(failure_rows("sort=-runs"), csv_json.FAILURE_COLUMNS)
    assert (first["error_type"], first["error_message"], first["runs"]) == ("timeout_error", "Too slow", "2")
    assert (first["deployments"], second["deployments"]) == ("1", "1")
    assert first["last_seen"] == "2026-06-16T08:42:00Z"
    assert first["first_seen"] == "2026-06-08T01:42:00Z"
    assert first["url"] == f"https://site.example/failures/{first['fingerprint']}/?since=7d"
    assert first["runs_url"].startswith("https://site.example/runs/?since=7d&fingerprint=")
    assert [row["runs"] for row in failure_rows("sort=-runs&since=30d")] == [3, 1]


def test_every_group_of_failures_is_there_once_however_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_json, "BATCH", 4)
    errors = [{"type": f"error_{letter}", "message": ""} for letter in "abcdefghijk"]
    stored_runs(*(run_record(n, NOW - n * HOUR, "failed", error=error) for n, error in enumerate(errors)))
    assert [row["error_type"] for row in failure_rows()] == [error["type"] for error in errors]


def test_a_table_begins_with_the_mark_by_which_excel_knows_its_encoding() -> None:
    parts = b"".join(csv_json.as_csv([{"name": "夜间对账"}], ("name",)))
    assert parts == "\ufeffname\r\n夜间对账\r\n".encode()


def test_every_row_that_matches_is_there_once_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_json, "BATCH", 4)
    stored_deployments(*(deployment_record(f"{number:02}") for number in range(10)))
    stored_runs(*(run_record(n, NOW - n * HOUR, "failed" if n % 2 else "completed") for n in range(21)))
    assert [row["id"] for row in run_rows()] == [f"drun_{n:032x}" for n in range(21)]
    odd = [f"drun_{n:032x}" for n in range(1, 21, 2)]
    assert [row["id"] for row in run_rows("status=failed")] == odd
    assert [row["id"] for row in run_rows("status=failed&sort=triggered_at")] == odd[::-1]
    assert [row["id"] for row in deployment_rows("sort=-name")] == [f"dep_{n:02}" for n in range(9, -1, -1)]


def test_the_size_of_a_page_and_a_place_in_it_leave_nothing_out() -> None:
    stored_runs(*(run_record(number, NOW - number * HOUR) for number in range(12)))
    assert len(run_rows("limit=10&cursor=x")) == 12


def test_a_batch_costs_two_queries_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_json, "BATCH", 5)
    stored_deployments(deployment_record())
    stored_runs(*(run_record(number, NOW - number * HOUR) for number in range(20)))
    asked = read_question("runs.csv", QueryDict(), Snapshot(NOW))
    snapshot = Snapshot(NOW)
    assert not snapshot.judged_at  # the feeds are read before, once for all batches
    with CaptureQueriesContext(connection) as captured:
        assert len(list(csv_json.run_rows(asked, snapshot, whole))) == 20
    assert len(captured) == 2 * 4


def test_nothing_is_read_before_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_json, "BATCH", 5)
    stored_runs(*(run_record(number, NOW - number * HOUR) for number in range(20)))
    rows = csv_json.run_rows(read_question("runs.csv", QueryDict(), Snapshot(NOW)), Snapshot(NOW), whole)
    lines = csv_json.as_csv(rows, csv_json.RUN_COLUMNS)
    next(lines)  # the byte order mark
    next(lines)
    with CaptureQueriesContext(connection) as captured:
        next(lines)
    assert len(captured) == 3  # runs, their deployments, and the feeds


def test_no_prompt_and_nothing_raw_is_written() -> None:
    secret: dict[str, Any] = {
        "initial_events": [{"type": "user.message", "content": "the secret prompt"}],
        "environment_variables": {"KEY": "the secret value"},
        "resources": [{"url": "the secret place"}],
    }
    stored_deployments(deployment_record(**secret))
    stored_runs(run_record(1, NOW, initial_events=secret["initial_events"]))
    assert "secret" not in str(deployment_rows()) + str(run_rows())


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\u3000=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff201",
        "\ttab",
    ],
)
def test_what_a_spreadsheet_takes_for_a_formula_is_marked_as_a_text(text: str) -> None:
    assert read([{"name": text}], ("name",)) == [{"name": f"'{text}"}]


@pytest.mark.parametrize(
    "text", ["", "a=1", "1-2", "'=1", "a@b.example", "夜间对账", "a\nb", 'say "no", please']
)
def test_any_other_text_is_written_as_it_is(text: str) -> None:
    assert read([{"name": text}], ("name",)) == [{"name": text}]


@given(st.text())
def test_no_cell_begins_as_a_formula_and_nothing_of_it_is_lost(text: str) -> None:
    [row] = read([{"name": text, "end": "end"}], ("name", "end"))
    assert row["name"].removeprefix("'") == without_controls(text).removeprefix("'")
    assert not row["name"].lstrip().startswith(("=", "+", "-", "@"))
    assert row["end"] == "end"


def test_numbers_instants_and_what_is_not_known_stay_what_they_are() -> None:
    there: csv_json.Row = {"a": -5, "b": None, "c": datetime.fromisoformat("2026-06-16T10:00:00+02:00")}
    assert read([there], ("a", "b", "c")) == [{"a": "-5", "b": "", "c": "2026-06-16T08:00:00Z"}]


def test_half_a_character_is_replaced_where_it_cannot_be_written() -> None:
    assert read([{"name": "a\ud800"}], ("name",)) == [{"name": "a?"}]


@pytest.mark.parametrize("number", [0, 1, 3])
def test_json_says_what_was_asked_how_old_it_is_and_how_far_back_it_reaches(number: int) -> None:
    live()
    stored_runs(*(run_record(n, NOW - n * HOUR, "failed") for n in range(number)))
    asked = read_question("runs.json", QueryDict("status=failed&limit=10"), Snapshot(NOW))
    parsed = json.loads(
        b"".join(csv_json.as_json(csv_json.run_rows(asked, Snapshot(NOW), whole), asked, Snapshot(NOW)))
    )
    assert (parsed["as_of"], parsed["asked"]) == ("2026-06-16T09:42:00Z", "/runs.json?status=failed&limit=10")
    assert [view["account"] for view in parsed["feeds"]] == ["default"]
    assert set(parsed["feeds"][0]) == {
        *("account", "state", "read_at", "judged_at", "complete_since", "runs", "deployments")
    }
    assert len(parsed["data"]) == number
    assert all(set(row) == set(csv_json.RUN_COLUMNS) for row in parsed["data"])


def test_json_of_an_account_that_was_never_read_says_so() -> None:
    asked = read_question("deployments.json", QueryDict(), Snapshot(NOW))
    parsed = json.loads(b"".join(csv_json.as_json([], asked, Snapshot(NOW))))
    assert parsed["feeds"] == [
        {
            "account": "default",
            "state": "never",
            "read_at": None,
            "judged_at": None,
            "complete_since": None,
            "runs": 0,
            "deployments": 0,
        }
    ]
