"""The lists as files: the same filters, the whole result, streamed."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.markup import read

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(account: Any) -> None:
    """Two deployments, and a run of each."""
    live()
    stored_deployments(deployment_record("a"), deployment_record("b", status="paused"))
    stored_runs(run_record(1, NOW, "failed"), run_record(2, NOW, deployment_id="dep_b"))


def rows(response: Any) -> list[str]:
    """The ids in a file."""
    text = response.getvalue().decode("utf-8-sig")
    if response["Content-Type"] == "application/json; charset=utf-8":
        return [row["id"] for row in json.loads(text)["data"]]
    return [row["id"] for row in csv.DictReader(io.StringIO(text, newline=""))]


def errors(response: Any) -> list[str]:
    """The types of error in a file of failures."""
    text = response.getvalue().decode("utf-8-sig")
    read_rows = csv.DictReader(io.StringIO(text, newline="")) if text[0] != "{" else json.loads(text)["data"]
    return [row["error_type"] for row in read_rows]


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize(
    ("address", "ids"),
    [
        ("/runs.{}?status=failed", [f"drun_{1:032x}"]),
        ("/runs.{}?deployment_id=dep_b", [f"drun_{2:032x}"]),
        ("/runs.{}?status=running", []),
        ("/deployments.{}?status=paused", ["dep_b"]),
        ("/deployments.{}?sort=-name&limit=10", ["dep_b", "dep_a"]),
    ],
)
def test_a_file_has_the_filters_of_its_list(reader: Client, form: str, address: str, ids: list[str]) -> None:
    response = reader.get(address.format(form))
    assert response.status_code == 200
    assert response.streaming
    assert rows(response) == ids
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_failures_are_a_file_with_the_filters_of_their_list(reader: Client, form: str) -> None:
    stored_runs(run_record(3, NOW - timedelta(days=9), "failed", error={"type": "old_error", "message": ""}))
    assert errors(reader.get(f"/failures.{form}")) == ["timeout_error"]
    assert errors(reader.get(f"/failures.{form}?since=30d&sort=last_seen&limit=10")) == [
        *("old_error", "timeout_error")
    ]
    assert errors(reader.get(f"/failures.{form}?error=none")) == []
    assert reader.get(f"/failures.{form}").streaming


def test_a_table_is_saved_and_an_object_is_shown(reader: Client) -> None:
    table, result = reader.get("/runs.csv"), reader.get("/runs.json")
    assert table["Content-Disposition"] == 'attachment; filename="runs.csv"'
    assert table["Content-Type"] == "text/csv; charset=utf-8"
    assert "Content-Disposition" not in result
    assert reader.get("/deployments.csv")["Content-Disposition"] == 'attachment; filename="deployments.csv"'


@pytest.mark.parametrize(
    "path",
    ["/runs.csv", "/runs.json", "/deployments.csv", "/deployments.json", "/failures.csv", "/failures.json"],
)
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("status=nonsense", "status=nonsense: "),
        ("colour=<b>", "colour=<b>: this list has no such parameter."),
    ],
)
def test_a_file_of_other_rows_than_were_asked_for_is_refused_in_a_sentence(
    reader: Client, path: str, query: str, sentence: str
) -> None:
    if path.startswith("/deployments") and "status" in query:
        query, sentence = "health=nonsense", "health=nonsense: "
    if path.startswith("/failures") and "status" in query:
        query, sentence = "since=nonsense", "since=nonsense: "
    response = reader.get(f"{path}?{query}")
    assert response.status_code == 400
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert sentence in response.content.decode()
    assert "dep_" not in response.content.decode()


@pytest.mark.parametrize(
    ("page", "files"),
    [
        (
            "/runs/?status=failed&sort=duration&limit=10",
            [
                ("CSV", "/runs.csv?status=failed&sort=duration"),
                ("JSON", "/runs.json?status=failed&sort=duration"),
                ("Feed", "/runs.atom?status=failed"),
            ],
        ),
        (
            "/deployments/?q=a&limit=10",
            [("CSV", "/deployments.csv?q=a"), ("JSON", "/deployments.json?q=a")],
        ),
        (
            "/failures/?error=timeout_error&limit=10",
            [("CSV", "/failures.csv?error=timeout_error"), ("JSON", "/failures.json?error=timeout_error")],
        ),
        ("/deployments/dep_a/", [("Runs as CSV", "/runs.csv?deployment_id=dep_a")]),
    ],
)
def test_a_page_leads_to_the_files_of_what_it_shows(
    reader: Client, page: str, files: list[tuple[str, str]]
) -> None:
    [holder] = [box for box in read(reader.get(page)).all("div") if "exports" in box.attrs.get("class", "")]
    links = [(link.words(), link.attrs["href"]) for link in holder.all("a")]
    assert links == files
    for _, url in links:
        assert reader.get(url).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/runs.csv", "/runs.json", "/runs.atom", "/deployments.csv", "/deployments.json"),
        *("/failures.csv", "/failures.json", "/calendar.ics", "/metrics", "/badges/dep_odd.svg"),
    ],
)
def test_no_control_character_reaches_a_file(reader: Client, path: str) -> None:
    odd = "o\x01\x07\x08\x1b\x7f\x85\x9fdd\rbeside"
    record = deployment_record("odd", name=odd, description=odd)
    record["schedule"] |= {"upcoming_runs_at": ["2026-06-17T09:00:00Z"], "expression": f"0 9 * * *{odd}"}
    stored_deployments(record)
    stored_runs(
        run_record(9, NOW, "failed", deployment_id="dep_odd", error={"type": odd, "message": f"{odd}\n{odd}"})
    )
    response = reader.get(path)
    assert response.status_code == 200
    text = (response.getvalue() if response.streaming else response.content).decode()
    controls = {c for c in text if unicodedata.category(c) == "Cc"}
    assert controls <= set("\t\r\n")
    assert not re.search(r"\\u00[0189][0-9a-f]", text)
    if path == "/calendar.ics":
        assert "\r" not in text.replace("\r\n", "")
