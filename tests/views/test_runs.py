"""The list of runs, as page and fragment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dashboard.models import Deployment, Run, RunTotal
from dashboard.services.cloud.accounts import Account
from dashboard.web import glyphs
from tests.factories import (
    NOW,
    deployment_record,
    run_record,
    stored_deployments,
    stored_runs,
)
from tests.feeds import changed, live
from tests.markup import Element, read

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HTMX = {"HX-Request": "true"}


def page(reader: Client, url: str = "/runs/", **headers: str) -> Element:
    response = reader.get(url, headers=headers)
    assert response.status_code == 200
    return read(response)


def name_of(number: int) -> str:
    return f"run-drun_{number:032x}"


def test_every_row_says_who_it_is(reader: Client) -> None:
    live()
    stored_runs(
        run_record(1, NOW), run_record(2, NOW - HOUR, "failed"), run_record(3, NOW - 2 * HOUR, "running")
    )
    shown = page(reader)
    assert shown.ids("runs") == [name_of(1), name_of(2), name_of(3)]
    assert [shown.one("tr", id=name_of(n)).attrs["data-status"] for n in (1, 2, 3)] == [
        *("completed", "failed", "running")
    ]
    assert [("data-live" in shown.one("tr", id=name_of(n)).attrs) for n in (1, 2, 3)] == [False, False, True]


def test_a_row_tells_what_happened_in_words_and_links(reader: Client) -> None:
    live()
    stored_deployments(deployment_record("a") | {"name": "Nightly report"})
    error = {"type": "timeout_error", "message": "Too slow\nfor this"}
    stored_runs(
        run_record(1, NOW - HOUR, "failed", error=error, session_id="sess_1", cas_run_extras={"attempt": 2})
    )
    row = page(reader).one("tr", id=name_of(1))
    assert row.one("a", href="/deployments/dep_a/").words() == "Nightly report"
    assert row.one("a", href=f"/runs/drun_{1:032x}/").words().startswith("Run of Nightly report, 1 h ago")
    assert "timeout_error Too slow" in row.words()
    assert row.all("td")[6].words() == "2"
    assert row.one("span", class_="st").attrs["data-s"] == "failed"


def test_the_head_counts_and_pages_link_to_their_neighbours(reader: Client) -> None:
    live()
    stored_runs(*(run_record(n, NOW - n * HOUR, "failed") for n in range(25)))
    first = page(reader, "/runs/?status=failed&limit=10")
    assert first.one("div", id="head").all("p")[0].words() == "25 runs"
    assert "10 of 25 runs" in first.one("nav", class_="pager").words()
    assert not first.all("a", rel="prev")
    second = page(reader, first.one("a", rel="next").attrs["href"])
    assert second.ids("runs") == [name_of(n) for n in range(10, 20)]
    last = page(reader, second.one("a", rel="next").attrs["href"])
    assert not last.all("a", rel="next")
    assert page(reader, last.one("a", rel="prev").attrs["href"]).ids("runs") == second.ids("runs")


def test_a_page_past_the_end_leads_back(reader: Client) -> None:
    live()
    stored_runs(*(run_record(n, NOW - n * HOUR) for n in range(11)))
    older = page(reader, "/runs/?limit=10").one("a", rel="next").attrs["href"]
    Run.objects.filter(run_id=f"drun_{10:032x}").delete()
    assert page(reader, older).ids("runs") == []


def test_every_filter_in_force_is_a_chip_whose_link_takes_it_off(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW, "failed"), run_record(2, NOW, "skipped"))
    shown = page(reader, "/runs/?status=failed&status=skipped&q=drun&sort=duration")
    chips = {chip.one("b").words(): chip.one("a").attrs["href"] for chip in shown.all("span", class_="chip")}
    assert chips == {
        "failed": "/runs/?status=skipped&q=drun&sort=duration",
        "skipped": "/runs/?status=failed&q=drun&sort=duration",
        "drun": "/runs/?status=failed&status=skipped&sort=duration",
    }
    [clear] = [a for a in shown.one("div", class_="chips").all("a") if a.words() == "Clear all"]
    assert clear.attrs["href"] == "/runs/?sort=duration"


def test_without_a_filter_there_is_no_chip(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW))
    assert not page(reader, "/runs/?sort=duration").all("div", class_="chips")


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("/runs/", "Runs"),
        ("/runs/?sort=duration&limit=20", "Runs"),
        ("/runs/?status=skipped&status=failed&since=24h", "Runs: status failed or skipped, since 24h"),
    ],
)
def test_the_title_says_the_filters_in_words(reader: Client, url: str, title: str) -> None:
    live()
    assert page(reader, url).one("title").words() == title


def test_an_answer_to_htmx_is_the_page_and_names_its_clean_address(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW, "failed"))
    given = "/runs/?limit=50&q=&sort=-triggered_at&status=failed&status=failed"
    response = reader.get(given, headers=HTMX)
    assert response["HX-Push-Url"] == "/runs/?status=failed"
    result = read(response)
    assert result.all("title")[0].words() == "Runs: status failed"
    assert result.ids("runs") == [name_of(1)]
    assert result.one("div", id="list").attrs["data-summary"] == "1 run"


def test_a_further_page_is_pushed_with_its_cursor(reader: Client) -> None:
    live()
    stored_runs(*(run_record(n, NOW - n * HOUR) for n in range(11)))
    older = page(reader, "/runs/?limit=10").one("a", rel="next").attrs["href"]
    assert reader.get(older, headers=HTMX)["HX-Push-Url"] == older


@pytest.mark.parametrize("headers", [{}, HTMX | {"X-Poll": "1"}])
def test_only_a_step_of_the_reader_is_pushed_into_the_history(
    reader: Client, headers: dict[str, str]
) -> None:
    assert "HX-Push-Url" not in reader.get("/runs/", headers=headers)


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("", "Tue 16 Jun 2026, 09:42:00 UTC"),
        ("Asia/Shanghai", "Tue 16 Jun 2026, 17:42:00 CST"),
        ("Europe/Berlin", "Tue 16 Jun 2026, 11:42:00 CEST"),
        ("nowhere/at all", "Tue 16 Jun 2026, 09:42:00 UTC"),
    ],
)
def test_times_are_shown_in_the_zone_of_the_reader(reader: Client, zone: str, text: str) -> None:
    live()
    stored_runs(run_record(1, NOW))
    reader.cookies["zone"] = zone
    [time] = page(reader).one("tr", id=name_of(1)).all("time")
    assert (time.attrs["datetime"], time.attrs["title"]) == ("2026-06-16T09:42:00Z", text)


def test_a_day_of_the_address_is_a_day_of_the_reader(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW.replace(hour=1)), run_record(2, NOW.replace(day=15, hour=17)))
    assert page(reader, "/runs/?since=today").ids("runs") == [name_of(1)]
    reader.cookies["zone"] = "Asia/Shanghai"  # where the sixteenth began at 16:00 UTC of the fifteenth
    assert page(reader, "/runs/?since=today").ids("runs") == [name_of(1), name_of(2)]


@pytest.mark.parametrize(
    ("console", "href"),
    [("https://qoder.example/cloud", "https://qoder.example/cloud/sessions/sess_1"), ("", None)],
)
def test_a_session_is_a_link_where_there_is_a_console(
    reader: Client, settings: Any, account: Account, console: str, href: str | None
) -> None:
    settings.ACCOUNTS = (replace(account, console_url=console),)
    live()
    stored_runs(run_record(1, NOW, session_id="sess_1"))
    for row in (page(reader).one("tr", id=name_of(1)), page(reader, f"/runs/drun_{1:032x}/")):
        links = [a.attrs["href"] for a in row.all("a") if "/sessions/" in a.attrs["href"]]
        assert set(links) == ({href} if href else set())
        assert ("sess_1" in row.text) or row.all("code", title="sess_1") or href


def test_a_status_nobody_has_heard_of_is_drawn_neutral_with_its_own_word(reader: Client) -> None:
    live(words={"status": ["cancelled"], "trigger_type": ["webhook"]})
    webhook = {"trigger_context": {"type": "webhook"}}
    failed = {"error": {"type": "novel_error", "message": ""}}
    stored_runs(
        run_record(1, NOW, "cancelled", **webhook), run_record(2, NOW, "cancelled", **webhook, **failed)
    )
    assert "novel_error" in page(reader, "/runs/?status=failed").one("tr", id=name_of(2)).words()
    shown = page(reader, "/runs/?status=cancelled&trigger_type=webhook")
    row = shown.one("tr", id=name_of(1))
    assert row.attrs["data-status"] == "cancelled"
    assert row.one("span", class_="st").attrs["data-s"] == "unknown"
    assert row.one("span", class_="st").words() == "cancelled"
    assert row.one("span", class_="trig").words() == "webhook"
    assert row.one("span", class_="trig").one("path").attrs["d"] in glyphs.SHAPES["unknown"]
    assert shown.one("a", id="pill-cancelled").attrs["data-s"] == "unknown"


def test_the_account_is_shown_where_there_are_two(reader: Client, settings: Any, account: Account) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    live()
    stored_runs(run_record(1, NOW))
    assert "default" in page(reader).one("tr", id=f"{name_of(1)}@default").words()
    settings.ACCOUNTS = (account,)
    assert "default" not in page(reader).one("tr", id=name_of(1)).words()


def test_an_id_that_two_accounts_list_is_kept_apart_by_the_account(
    reader: Client, settings: Any, account: Account
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    live()
    for name, status in (("default", "completed"), ("other", "failed")):
        stored_deployments(deployment_record(name=f"of {name}"), account=name)
        stored_runs(run_record(1, NOW, status), account=name)
        for url in (f"/runs/drun_{1:032x}/?account={name}", f"/deployments/dep_a/?account={name}"):
            assert f"of {name}" in read(reader.get(url)).words()
    assert reader.get(f"/runs/drun_{1:032x}/").status_code == 200
    assert reader.get("/deployments/dep_a/").status_code == 200


@pytest.mark.parametrize("name", ["stranger", "other", "%00"])
def test_an_account_that_does_not_list_the_id_has_no_page_of_it(
    reader: Client, settings: Any, account: Account, name: str
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW))
    assert reader.get(f"/runs/drun_{1:032x}/?account={name}").status_code == 404
    assert reader.get(f"/deployments/dep_a/?account={name}").status_code == 404


def test_a_run_that_names_no_deployment_has_no_link_to_nowhere(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW, deployment_id=None))
    assert all(a.attrs["href"] for a in page(reader).one("tr", id=name_of(1)).all("a"))


def test_the_list_of_an_account_without_runs_says_that_none_exists(reader: Client) -> None:
    live()
    assert "No run exists yet" in page(reader).words()
    assert "No run matches these filters" in page(reader, "/runs/?q=nothing").words()
    assert page(reader, "/runs/?q=nothing").all("span", class_="chip")


def prune_all() -> None:
    """Nothing is kept any more."""
    Run.objects.all().delete()
    RunTotal.objects.all().delete()


@pytest.mark.parametrize(
    "address", ["/runs/?limit=10", "/runs/?status=failed&limit=10", "/deployments/dep_a/?limit=10"]
)
def test_a_place_whose_runs_are_gone_says_so_and_leads_to_the_first_page(
    reader: Client, address: str
) -> None:
    live()
    stored_deployments(deployment_record())
    stored_runs(*(run_record(n, NOW - n * HOUR, "failed") for n in range(1, 13)))
    older = page(reader, address).one("a", rel="next").attrs["href"]
    Run.objects.filter(at__lt=NOW - 9 * HOUR).delete()
    changed()
    shown = page(reader, older)
    assert "This place in the list is gone" in shown.words()
    assert "No run" not in shown.one("div", class_="empty").words()
    first = shown.one("div", class_="empty").one("a").attrs["href"]
    assert first == address
    assert len(page(reader, first).ids("runs")) == 9
    prune_all()
    changed()
    assert "This place in the list is gone" not in page(reader, older).words()


def test_equal_spans_are_one_address_and_a_duration_is_taken_as_the_page_writes_it(reader: Client) -> None:
    live()
    stored_runs(run_record(1, NOW), run_record(2, NOW - HOUR, duration_ms=600_000))
    for since in ("1d", "24h", "1440m"):
        response = reader.get("/runs/", {"since": since}, headers=HTMX)
        assert response["HX-Push-Url"] == "/runs/?since=24h"
    shown = page(reader, "/runs/?min_duration=10+min")
    assert shown.ids("runs") == [name_of(2)]
    assert "10 min" in shown.one("tr", id=name_of(2)).words()


def test_what_may_be_meant_by_a_typed_name_is_offered_as_links(reader: Client) -> None:
    live()
    stored_deployments(*(deployment_record(key) | {"name": f"<b>Report {key}"} for key in "ab"))
    banner = page(reader, "/runs/?deployment=report&since=24h").one("div", class_="banner")
    assert banner.words() == (
        "Ignored: deployment=report: 2 deployments may be meant: <b>Report a, <b>Report b."
    )
    links = [link.attrs["href"] for link in banner.all("a")]
    assert links == [f"/runs/?deployment_id=dep_{key}&since=24h" for key in "ab"]
    shown = page(reader, links[0])
    assert shown.all("title")[0].words() == "Runs: deployment <b>Report a, since 24h"
    assert shown.all("span", class_="chip")[0].words() == "deployment<b>Report a"


def test_a_form_holds_what_is_chosen_and_a_field_for_more(reader: Client) -> None:
    live()
    Deployment.objects.bulk_create(
        Deployment(deployment_id=f"dep_{n}", account="default", name=f"Job <b>{n}") for n in range(30)
    )
    text = reader.get("/runs/?deployment=Job+<b>7&deployment_id=dep_8&deployment=Job").content.decode()
    assert text.count("Job &lt;b&gt;") < 30
    form = page(reader, "/runs/?deployment=Job+<b>7&deployment_id=dep_8&deployment=Job").one(
        "form", id="filters"
    )
    fields = [field.attrs for field in form.all("input") if field.attrs["name"].startswith("deployment")]
    assert [(field["name"], field["value"]) for field in fields] == [
        ("deployment_id", "dep_7"),
        ("deployment_id", "dep_8"),
        ("deployment", "Job"),
    ]
    assert fields[-1]["aria-label"] == "Deployment, 2 selected"
    assert form.one("span", id="f-deployment-all").attrs["data-choices"] == "/choices/deployment/"
