"""The overview as a page: calm, alarmed, empty, stale, and safe whatever the API answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from dashboard.models import Deployment, Gap, Slot
from dashboard.services.cloud.accounts import Account
from tests import feeds
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.health_bars import changed, watched
from tests.markup import Element, read

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HOSTILE = "<script>alert(1)</script>\"'{{ 7 * 7 }}\u202e🙂"


def page(reader: Client, url: str = "/") -> Element:
    response = reader.get(url)
    assert response.status_code == 200
    return read(response)


def calm_line(element: Element) -> str:
    [line] = element.all("p", class_="calm")
    return line.words()


def row_names(element: Element) -> list[str]:
    """What the links of its rows say."""
    return [link.words() for link in element.all("a") if "row-link" in link.attrs.get("class", "").split()]


def unread(since: datetime = NOW - 3 * HOUR) -> None:
    Gap.objects.create(account="default", from_at=since, until_at=datetime(2026, 3, 1, tzinfo=UTC))


def test_a_calm_overview_says_its_coverage_in_one_line(reader: Client) -> None:
    live()
    stored_deployments(deployment_record("a"), deployment_record("b"))
    shown = page(reader)
    assert calm_line(shown) == (
        "All 2 deployments are as they should be: none failing, missed, silent, blocked, stuck, late, slow, "
        "paused by an error or out of sight; all read."
    )
    verdict = shown.one("section", class_="verdict")
    assert (verdict.one("h1").words(), verdict.one("nav").words()) == ("Nothing needs you", "2 never ran")
    assert verdict.one("p").words() == "2 deployments, 0 runs in 24 h, all read; data 4 s old"
    assert not shown.all("ol", id="needs")


def test_one_calm_deployment_is_not_called_many(reader: Client) -> None:
    live()
    stored_deployments(deployment_record())
    assert calm_line(page(reader)).startswith("The only deployment is as it should be: not failing, missed,")


def test_a_calm_overview_of_what_was_not_read_whole_says_so_beside_every_number(reader: Client) -> None:
    live()
    unread()
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW - HOUR))
    shown = page(reader)
    reach = "read back to 16 Jun 06:42"
    assert calm_line(shown).endswith(f"out of sight; {reach}.")
    assert f"1 run in 24 h, {reach}; data" in shown.one("section", class_="verdict").words()
    assert f"24 hours: {reach}; 7 days: {reach}" in shown.words()


def test_where_something_needs_somebody_nothing_is_called_calm(reader: Client) -> None:
    live()
    stored_deployments(deployment_record("a"), deployment_record("b"))
    stored_runs(*(run_record(n, NOW - (n + 1) * HOUR, "failed") for n in range(3)))
    shown = page(reader)
    assert not shown.all("p", class_="calm")
    assert shown.one("h1").words() == "1 deployment failing, since 06:42"
    row = shown.one("li", id="needs-dep_a")
    assert "3 in a row" in row.words()
    assert "since Tue 16 Jun 06:42" in row.words()
    assert "timeout_error" in row.words()
    assert row.one("svg", class_="strip").attrs["aria-label"] == "last 3: 3 failed"


def test_an_account_that_was_never_read_claims_nothing(reader: Client) -> None:
    shown = page(reader)
    assert shown.one("h1").words() == "No deployment has been read yet"
    assert not shown.all("p", class_="calm")
    assert "The first reading has begun" in shown.words()
    assert not shown.all("section", class_="tiles")


def test_an_account_without_deployments_differs_from_one_that_was_not_read(reader: Client) -> None:
    live()
    stored_deployments(deployment_record(archived_at="2026-06-10T00:00:00Z"))
    shown = page(reader)
    assert shown.one("h1").words() == "The API lists no current deployment"
    assert not shown.all("p", class_="calm")


def test_stale_data_is_called_stale_in_the_verdict(reader: Client) -> None:
    feeds.failing()
    stored_deployments(deployment_record())
    verdict = page(reader).one("section", class_="verdict")
    assert verdict.one("h1").words() == "Nothing needed you at the last reading"
    assert verdict.one("p").words().endswith("; data 30 min old, stale")


def test_two_accounts_of_which_one_was_never_read_are_not_whole(
    reader: Client, settings: Any, account: Account
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    live()
    stored_deployments(deployment_record())
    shown = page(reader)
    assert shown.one("h1").words() == "Nothing that is known so far needs you"
    assert shown.one("section", class_="verdict").one("p").words().endswith("not all is read yet")
    assert not shown.all("p", class_="calm")


def test_where_accounts_are_several_each_row_names_its_own(
    reader: Client, settings: Any, account: Account
) -> None:
    promised = {"expression": "0 9 * * *", "timezone": "UTC", "upcoming_runs_at": [(NOW + HOUR).isoformat()]}
    live()
    stored_deployments(deployment_record("a", schedule=promised))
    stored_runs(run_record(1, NOW - HOUR, "failed"), run_record(2, NOW - HOUR / 2, "running"))
    Deployment.objects.update(streak=1)
    names = row_names(page(reader))
    assert (len(names), [name for name in names if "default" in name]) == (5, [])
    settings.ACCOUNTS = (account, replace(account, name="other"))
    assert [name.startswith("a · default") for name in row_names(page(reader))] == [True] * 5


def test_each_of_seven_healths_is_among_what_needs_attention_and_each_number_has_a_list(
    reader: Client,
) -> None:
    live()
    columns: list[dict[str, Any]] = [
        {"streak": 1},
        {"missed_at": NOW},
        {"stuck_at": NOW},
        {"due_at": NOW - HOUR},
        {"slow_at": NOW},
        {"status": "paused", "paused_reason": "error"},
        {"unseen_at": NOW},
    ]
    stored_deployments(*(deployment_record(f"d{n}") for n in range(7)))
    for n, changes in enumerate(columns):
        Deployment.objects.filter(deployment_id=f"dep_d{n}").update(**changes)
    shown = page(reader)
    rows = shown.one("ol", id="needs").all("li")
    states = [row.attrs["data-health"] for row in rows]
    assert states == ["failing", "missed", "stuck", "late", "slow", "paused-error", "unknown"]
    verdict = shown.one("section", class_="verdict")
    assert verdict.one("h1").words() == "1 deployment failing"
    assert verdict.one("nav").words() == "1 missed 1 stuck 1 late 1 slow 1 paused by error 1 not seen"
    for state in states:
        assert len(page(reader, f"/deployments/?health={state}").ids("deployments")) == 1


def test_every_bar_of_the_hours_is_a_link_that_says_itself_and_one_of_them_a_stop(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW))
    for chart, hours in zip(page(reader).all("svg", role="group"), (24, 168), strict=True):
        bars = chart.all("a")
        assert len(bars) == hours
        assert all(": " in bar.one("title").text for bar in bars)
        assert [bar.attrs["tabindex"] for bar in bars] == ["-1"] * (hours - 1) + ["0"]
        assert len(page(reader, bars[-1].attrs["href"]).ids("runs")) == 1


def test_whatever_a_name_or_an_error_holds_is_text(reader: Client) -> None:
    live()
    stored_deployments(deployment_record() | {"name": HOSTILE})
    error = {"type": HOSTILE, "message": HOSTILE}
    stored_runs(
        run_record(1, NOW - HOUR, "failed", error=error),
        run_record(2, NOW, "running"),
        run_record(3, NOW, "</title><b>held</b>"),
    )
    Slot.objects.create(account="default", deployment_id="dep_a", at=NOW, outcome="missed", seen_at=NOW)
    for url in ("/", "/deployments/", "/deployments/dep_a/"):
        response = reader.get(url)
        assert "<script>alert" not in response.content.decode()
        assert "<b>held" not in response.content.decode()
        assert HOSTILE.split("\u202e")[0] in page(reader, url).text


def test_a_run_of_no_deployment_has_words_to_click_on(reader: Client) -> None:
    live()
    stored_runs(
        run_record(1, NOW - HOUR, deployment_id=None), run_record(2, NOW, "running", deployment_id="")
    )
    links = [a for a in page(reader).all("a") if a.attrs["href"].startswith("/runs/drun_")]
    assert [a.words() for a in links] == ["no deployment"] * 3


def test_failures_of_several_deployments_within_minutes_are_shown_once(reader: Client) -> None:
    live()
    stored_deployments(*(deployment_record(name, environment_id="env_b") for name in "ab"))
    stored_deployments(deployment_record("c"))
    error = {"type": "environment_archived_error", "message": "Environment env_7 is archived"}
    for number, name in enumerate("ab"):
        at = NOW - HOUR + number * timedelta(minutes=2)
        stored_runs(run_record(number, at, "failed", deployment_id=f"dep_{name}", error=error))
    shown = page(reader)
    verdict = shown.one("section", class_="verdict")
    assert verdict.one("h1").words() == "2 deployments failing, since 08:42"
    cause = verdict.one("a", class_="cause")
    assert cause.words() == "both share environment_archived_error"
    assert reader.get(cause.attrs["href"]).status_code == 200
    [only] = [item for item in shown.all("li") if "2 runs of 2 deployments" in item.words()]
    assert "Environment env_7 is archived" in only.words()
    assert "a, b; all of environment env_b" in only.words()
    assert "1 burst since 08:42, last 58 min ago" in only.words()
    assert "read so far" not in only.words()
    [way] = only.all("a")
    assert reader.get(way.attrs["href"]).status_code == 200


def test_what_failed_together_is_shown_to_be_read_so_far_until_all_is(reader: Client) -> None:
    live()
    unread()
    for number, name in enumerate("ab"):
        stored_deployments(deployment_record(name))
        stored_runs(run_record(number, NOW - HOUR, "failed", deployment_id=f"dep_{name}"))
    assert "2 runs of 2 deployments read so far" in page(reader).words()


def test_it_is_shown_as_it_was_and_nothing_asks_for_it_again(reader: Client) -> None:
    live(remembers_from=NOW - 216 * HOUR)
    watched()
    stored_deployments(deployment_record())
    changed(("ok", 99), ("failing", 9), ("ok", 2))
    shown = page(reader, "/?at=5h")
    assert shown.one("section", class_="verdict").one("h1").words() == "1 deployment failing"
    assert "As it was" in shown.one("div", data_tone="past").words()
    assert shown.one("main").attrs["data-tag"] == ""
    assert {a.words() for a in shown.one("div", data_tone="past").all("a")} > {"Back to now", "10 min later"}
    wall = page(reader, "/wallboard/?at=5h")
    assert wall.one("h1").words().startswith("1 failing")
    assert wall.all("script") == wall.all("meta", http_equiv="refresh") == []
    copied = [
        button.attrs["data-copy"] for button in page(reader).all("button") if "data-copy" in button.attrs
    ]
    assert any("?at=" in address for address in copied)


@pytest.mark.parametrize("at", ["tomorrow", "in 5m", "400d", HOSTILE, ""])
def test_of_an_instant_that_cannot_be_shown_it_says_why_and_shows_what_is_so_now(
    at: str, reader: Client
) -> None:
    live(remembers_from=NOW - 216 * HOUR)
    stored_deployments(deployment_record())
    for url in ("/", "/wallboard/"):
        shown = page(reader, f"{url}?{urlencode({'at': at})}")
        assert "Back to now" not in shown.words()
        assert ("at=" in shown.words()) is bool(at)
    assert page(reader, "/?at=5h&at=6h&color=red").words().count("Ignored") == 2
