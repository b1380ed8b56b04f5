"""One deployment's page: what it says, its runs as a list with filters, and no error whatever is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from dashboard.domain import record_text
from dashboard.models import DefinitionChange, Deployment, Gap, Slot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import changed, live
from tests.markup import Element, read

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
HOUR = timedelta(hours=1)
URL = "/deployments/dep_a/"
HTMX = {"HX-Request": "true"}
NONSENSE = ("no such thing", "<script>alert(1)</script>", "9" * 5_000, "a\x00b", "🙂", "') OR 1=1 --")


@pytest.fixture(autouse=True)
def kept() -> None:
    """A deployment that fails, and another one's run."""
    live()
    stored_deployments(deployment_record(description="Sums up <b>all</b>", novel="kept too"))
    stored_runs(*(run_record(n, NOW - n * HOUR, "failed") for n in range(3)))
    stored_runs(run_record(90, NOW, deployment_id="dep_b"))


def page(reader: Client, query: str = "", **headers: str) -> Element:
    response = reader.get(f"{URL}{query}", headers=headers)
    assert response.status_code == 200
    return read(response)


def ignored(element: Element) -> list[str]:
    return [item.all("code")[0].text for item in element.all("li") if item.all("b")]


def test_it_is_shown_whole(reader: Client) -> None:
    shown = page(reader)
    assert shown.all("title")[0].words() == "(1!) a"
    assert shown.one("h1").words() == "a"
    assert shown.one("p", class_="lead").words() == "Sums up <b>all</b>"
    assert shown.one("span", class_="streak").words() == "3 in a row"
    assert "since Tue 16 Jun 07:42" in shown.words()
    assert len(shown.ids("runs")) == 3
    assert shown.one("table", id="runs").all("th")[1].words() == "What happened"  # its name is shown once
    assert any('"novel": "kept too"' in pre.text for pre in shown.all("pre"))
    assert "Last failure" in shown.words()


def test_every_bar_is_a_link_that_says_itself_and_one_of_them_a_stop(reader: Client) -> None:
    Slot.objects.create(
        account="default", deployment_id="dep_a", at=NOW + HOUR, outcome="missed", seen_at=NOW
    )
    stored_runs(run_record(60, NOW - 5 * HOUR))
    drawings = page(reader).all("svg", role="group")
    strip, plot = (drawing for drawing in drawings if drawing.attrs.get("class") != "health-bar")
    assert [bar.attrs["aria-label"].split(",")[0] for bar in strip.all("a")] == [
        "completed",
        *["failed"] * 3,
        "missed: promised for Tue 16 Jun 10:42 UTC",
    ]
    assert strip.attrs["aria-label"].startswith("last 5: 1 completed, 3 failed, 1 missed;")
    for group in (strip, plot):
        bars = group.all("a")
        assert all(bar.attrs["aria-label"] == bar.one("title").text for bar in bars)
        assert [bar.attrs["tabindex"] for bar in bars] == ["-1"] * (len(bars) - 1) + ["0"]
        assert all(reader.get(bar.attrs["href"]).status_code == 200 for bar in bars)
    calendar = read(reader.get(strip.all("a")[-1].attrs["href"]))
    assert "missed" in calendar.one("main").text


def test_without_runs_it_says_so(reader: Client) -> None:
    stored_deployments(deployment_record("c"))
    result = read(reader.get("/deployments/dep_c/"))
    assert "No run of this deployment has been read." in result.words()
    assert "No run or slot yet" in result.words()
    assert not result.all("svg", class_="strip")
    assert result.one("p", **{"data-no-rate": ""}).words().startswith("No run finished in 30 d")
    assert not result.all("dl", class_="bigs")


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"gone_at": NOW}, "no longer listed by the API"),
        ({"archived_at": NOW}, "Archived. It will not run again"),
        (
            {"status": "paused", "paused_reason": "manual"},
            "Paused by hand, since Mon 1 Jun 00:00 at the latest",
        ),
        ({"status": "paused", "paused_reason": "error"}, "Paused by an error"),
        ({"expression": "not a cron"}, "an expression that cannot be read not a cron"),
        ({"expression": "", "timezone": "", "next_run_at": None}, "by hand only"),
        ({"timezone": "Mars/Olympus"}, "Nobody knows the zone Mars/Olympus"),
        ({"timeout_ms": 2**53 - 1}, "far above"),
    ],
)
def test_what_does_not_fire_or_cannot_be_read_stays_readable(
    reader: Client, columns: dict[str, Any], text: str
) -> None:
    stored_runs(run_record(50, NOW - 2 * HOUR))
    Deployment.objects.filter(deployment_id="dep_a").update(**columns)
    assert text in page(reader).words()


def test_what_was_not_read_whole_is_shown_beside_each_rate(reader: Client) -> None:
    Gap.objects.create(account="default", from_at=NOW - 30 * HOUR, until_at=NOW - 2160 * HOUR)
    shown = page(reader)
    boxes = shown.one("dl", class_="bigs").all("div")
    assert ["read back to 15 Jun 03:42" in box.words() for box in boxes] == [False, True, True]
    assert shown.all("h2", class_="section")[0].words() == "Runs complete since 15 Jun 03:42"


def test_failing_since_a_version_is_shown_at_the_top_only_where_enough_ran(reader: Client) -> None:
    def agent(version: int) -> dict[str, Any]:
        return {"agent": {"id": "agent_a", "version": version}}

    stored_runs(*(run_record(100 + n, NOW - (10 + n) * HOUR, **agent(1)) for n in range(6)))
    stored_runs(*(run_record(n, NOW - n * HOUR, "failed", **agent(2)) for n in range(4)))
    shown = page(reader)
    assert "Failing since agent version" not in shown.words()
    assert "failed 0 of 6 before" not in shown.one("ol", class_="rows changes").words()
    stored_runs(run_record(4, NOW - 4 * HOUR, "failed", **agent(2)))
    changed()
    shown = page(reader)
    text = "Failing since agent version 2 (Tue 16 Jun 05:42): 5 of 5 failed since, 0 of 6 before."
    assert text in shown.words()
    change = [span.words() for span in shown.one("ol", class_="rows changes").all("span")]
    assert change[:2] == ["agent v1 to v2", "failed 0 of 6 before, 5 of 5 since"]


# -- Its runs ---------------------------------------------------------------------------------------


def test_its_runs_are_a_list_with_the_filters_that_mean_something_here(reader: Client) -> None:
    shown = page(reader)
    form = shown.one("form", class_="filters")
    assert form.attrs["action"] == URL
    names = {control.attrs.get("name", "") for tag in ("input", "select") for control in form.all(tag)}
    assert {"q", "trigger_type", "since"} <= names
    assert not {"deployment_id", "agent_id"} & names
    for name in sorted(names - {""}):
        value = {"since": "24h", "until": "2126-01-01", "min_duration": "1s"}.get(name, "")
        assert not ignored(page(reader, f"?{urlencode({name: value})}")), name


def test_its_runs_are_filtered_and_walked(reader: Client) -> None:
    stored_runs(*(run_record(100 + n, NOW - (5 + n) * HOUR) for n in range(25)))
    assert len(page(reader, "?status=failed").ids("runs")) == 3
    assert page(reader, "?q=nothing+of+that").ids("runs") == []
    first = page(reader, "?status=completed&limit=10")
    onwards = first.one("a", rel="next").attrs["href"]
    assert onwards.startswith(f"{URL}?status=completed&")
    second = page(reader, onwards.removeprefix(URL))
    assert len(second.ids("runs")) == 10
    assert page(reader, second.one("a", rel="prev").attrs["href"].removeprefix(URL)).ids("runs") == first.ids(
        "runs"
    )


def test_a_step_through_its_runs_is_pushed_with_a_clean_address(reader: Client) -> None:
    response = reader.get(f"{URL}?sort=-triggered_at&status=failed", headers=HTMX)
    assert response["HX-Push-Url"] == f"{URL}?status=failed"
    result = read(response)
    assert len(result.ids("runs")) == 3
    assert result.one("div", id="list").attrs["data-summary"] == "3 runs"


STRICT = (
    *("status", "trigger_type", "has_error", "since", "until", "min_duration", "sort", "limit"),
    *("cursor", "deployment_id", "agent_id", "nonsense"),
)


@pytest.mark.parametrize("name", STRICT)
def test_what_a_parameter_cannot_be_is_named_and_dropped(reader: Client, name: str) -> None:
    for value in NONSENSE:
        for headers in ({}, HTMX):
            shown = page(reader, f"?{urlencode({name: value})}", **headers)
            assert ignored(shown) == [f"{name}={value if len(value) <= 80 else value[:79] + '…'}"]
            assert len(shown.ids("runs")) == 3


@pytest.mark.parametrize("name", ["q", "error"])
def test_any_text_is_sought_for_or_named(reader: Client, name: str) -> None:
    for value in NONSENSE:
        shown = page(reader, f"?{urlencode({name: value})}")
        assert bool(ignored(shown)) != bool(shown.all("span", class_="chip")), value


def test_changes_of_its_definition_are_listed_escaped_and_say_between_which_readings(reader: Client) -> None:
    assert not page(reader).all("section", id="definition")
    former = record_text.canonical(deployment_record(description="<script>alert(1)</script>"))
    DefinitionChange.objects.create(
        account="default",
        deployment_id="dep_a",
        known_at=NOW - 2 * HOUR,
        seen_at=NOW - HOUR,
        words=["description"],
        before_json=former,
    )
    changed()
    response = reader.get(URL)
    assert b"<script>alert" not in response.content
    words = read(response).one("section", id="definition").words()
    assert "description changed" in words
    assert "between Tue 16 Jun 07:42" in words
    assert "-<script>alert(1)</script> +Sums up <b>all</b>" in words
    assert "before" not in words  # too few finished runs on both sides to compare
