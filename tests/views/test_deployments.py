"""The pages of deployments: the list as page and fragment, and one deployment."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client

from dashboard.models import Deployment, Feed, Gap
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import changed, live
from tests.markup import Element, read

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HTMX = {"HX-Request": "true"}


def page(reader: Client, url: str = "/deployments/", **headers: str) -> Element:
    response = reader.get(url, headers=headers)
    assert response.status_code == 200
    return read(response)


def failing(name: str = "a", runs: int = 3) -> None:
    stored_deployments(deployment_record(name))
    key = {"deployment_id": f"dep_{name}"}
    start = ord(name) * 100
    stored_runs(*(run_record(start + n, NOW - (n + 1) * HOUR, "failed", **key) for n in range(runs)))


def test_every_row_says_who_it_is(reader: Client) -> None:
    live()
    stored_deployments(deployment_record("a"), deployment_record("c", status="paused"))
    failing("b")
    shown = page(reader)
    assert shown.ids("deployments") == ["deployment-dep_b", "deployment-dep_a", "deployment-dep_c"]
    healths = [row.attrs["data-health"] for row in shown.all("tr") if "data-health" in row.attrs]
    assert healths == ["failing", "never", "paused"]


def test_a_failing_row_says_how_often_since_when_and_why(reader: Client) -> None:
    live()
    failing()
    row = page(reader).one("tr", id="deployment-dep_a")
    assert row.one("span", class_="streak").words() == "3 in a row"
    assert "since Tue 16 Jun 06:42" in row.words()
    assert "timeout_error" in row.words()
    strip = row.one("a", href="/runs/?deployment_id=dep_a").one("svg")
    assert (strip.attrs["role"], strip.attrs["aria-label"]) == ("img", "last 3: 3 failed")
    assert row.one("a", href="/deployments/dep_a/").words() == "a"


def test_a_streak_whose_beginning_was_not_read_says_at_least(reader: Client) -> None:
    live()
    Gap.objects.create(account="default", from_at=NOW - 24 * HOUR, until_at=NOW - 2160 * HOUR)
    failing()
    streak = page(reader).one("span", class_="streak")
    assert (streak.words(), streak.attrs["title"]) == ("3+ in a row", "at least 3")


def test_one_failure_is_no_row_of_failures(reader: Client) -> None:
    live()
    failing(runs=1)
    row = page(reader).one("tr", id="deployment-dep_a")
    assert row.attrs["data-health"] == "failing"
    assert not row.all("span", class_="streak")


def test_how_many_fail_is_shown_in_the_bar_the_tab_and_its_icon(reader: Client) -> None:
    live()
    calm = page(reader, "/runs/")
    assert not calm.all("a", class_="alarm")
    assert calm.all("title")[0].words() == "Runs"
    failing("a")
    failing("b")
    changed()
    alarmed = page(reader, "/runs/")
    alarm = alarmed.one("a", class_="alarm")
    assert (alarm.words(), alarm.attrs["href"]) == ("2 failing", "/deployments/?health=failing")
    assert alarmed.all("title")[0].words() == "(2!) Runs"
    assert calm.one("link", rel="icon").attrs["href"] != alarmed.one("link", rel="icon").attrs["href"]
    assert page(reader, alarm.attrs["href"]).ids("deployments") == ["deployment-dep_a", "deployment-dep_b"]


def test_pages_link_to_their_neighbours(reader: Client) -> None:
    live()
    stored_deployments(*(deployment_record(f"{n:02}") for n in range(25)))
    first = page(reader, "/deployments/?limit=10")
    assert not first.all("a", rel="prev")
    second = page(reader, first.one("a", rel="next").attrs["href"])
    assert second.ids("deployments") == [f"deployment-dep_{n:02}" for n in range(10, 20)]
    assert page(reader, second.one("a", rel="prev").attrs["href"]).ids("deployments") == first.ids(
        "deployments"
    )


def test_chips_take_their_filter_off(reader: Client) -> None:
    live()
    failing()
    shown = page(reader, "/deployments/?health=failing&q=a")
    chips = {chip.one("b").words(): chip.one("a").attrs["href"] for chip in shown.all("span", class_="chip")}
    assert chips == {"failing": "/deployments/?q=a", "a": "/deployments/?health=failing"}


def test_an_answer_to_htmx_is_the_page_and_names_its_clean_address(reader: Client) -> None:
    live()
    failing()
    response = reader.get("/deployments/?sort=health&q=a", headers=HTMX)
    assert response["HX-Push-Url"] == "/deployments/?q=a"
    result = read(response)
    assert result.all("title")[0].words() == "(1!) Deployments: matching a"
    assert result.ids("deployments") == ["deployment-dep_a"]


def test_an_unknown_status_is_drawn_neutral_with_its_own_word(reader: Client) -> None:
    live()
    stored_deployments(deployment_record(status="draining"))
    shown = page(reader, "/deployments/?status=draining")
    row = shown.one("tr", id="deployment-dep_a")
    assert row.attrs["data-health"] == "unknown"
    assert row.one("span", class_="st").words() == "draining"


def test_a_running_deployment_keeps_the_colour_of_its_last_result(reader: Client) -> None:
    live()
    failing()
    stored_runs(run_record(1, NOW, "running"))
    badge = page(reader).one("tr", id="deployment-dep_a").one("span", class_="st")
    assert (badge.attrs["data-last"], badge.words()) == ("failed", "failing, running")


def test_what_has_no_next_run_says_why(reader: Client) -> None:
    live()
    stored_deployments(deployment_record(schedule=None))
    row = page(reader).one("tr", id="deployment-dep_a")
    assert "by hand only" in row.words()
    assert "no schedule" in row.words()


def test_the_list_of_an_account_without_deployments_says_that_none_exists(reader: Client) -> None:
    live()
    assert "No deployment exists yet" in page(reader).words()
    assert "No deployment matches these filters" in page(reader, "/deployments/?q=x").words()


def test_what_was_not_read_whole_is_not_called_all(reader: Client) -> None:
    live(runs_read=40)
    Gap.objects.create(account="default", from_at=NOW - 24 * HOUR, until_at=NOW - 2160 * HOUR)
    words = page(reader, "/runs/?q=x").words()
    assert "No run matches these filters in what has been read so far" in words
    assert "40 runs searched, back to Mon 15 Jun 09:42" in words


def test_before_the_first_reading_an_empty_list_says_that_it_was_not_read(reader: Client) -> None:
    assert "Not read yet" in page(reader).words()
    Feed.objects.create(account="default", runs_kept=3, polled_at=NOW)
    assert "3 runs of all 90 days and 0 deployments so far" in page(reader).words()


@pytest.mark.parametrize("deployment_id", ["a/b?c#d e", "é/&", "<b>", "x" * 256])
def test_a_deployment_is_found_under_whatever_id_it_has(reader: Client, deployment_id: str) -> None:
    live()
    stored_deployments(deployment_record() | {"id": deployment_id})
    [link] = page(reader).one("table", id="deployments").all("a", class_="name clip row-link")
    assert page(reader, link.attrs["href"]).one("p", class_="crumbs").words().endswith(deployment_id)
    assert link.attrs["href"] == f"/deployments/{quote(deployment_id, safe='')}/"


def test_the_list_of_runs_of_one_has_a_clean_address(reader: Client) -> None:
    live()
    stored_deployments(deployment_record())
    response = reader.get("/deployments/dep_a/?status=failed", headers=HTMX)
    assert response["HX-Push-Url"] == "/deployments/dep_a/?status=failed"


@pytest.mark.parametrize("deployment_id", ["dep_b", "<script>alert(1)</script>", "%00", "x" * 10_000])
def test_a_deployment_that_was_never_read_is_not_found(reader: Client, deployment_id: str) -> None:
    response = reader.get(f"/deployments/{deployment_id}/")
    assert response.status_code == 404
    assert read(response).one("h1").words() == "Not found"
    assert b"<script>alert" not in response.content


def test_a_place_whose_deployments_are_gone_says_so_and_leads_to_the_first_page(reader: Client) -> None:
    live()
    stored_deployments(*(deployment_record(f"{number:02}") for number in range(12)))
    older = page(reader, "/deployments/?sort=name&limit=10").one("a", rel="next").attrs["href"]
    Deployment.objects.filter(name__gt="08").delete()
    shown = page(reader, older).one("div", class_="empty")
    assert "This place in the list is gone" in shown.words()
    assert shown.one("a").attrs["href"] == "/deployments/?sort=name&limit=10"
