"""A page that has not changed costs one cheap query; anything that would show is news."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.domain.fingerprints import fingerprint
from dashboard.models import Feed, Gap, SavedView
from dashboard.services.runs import list as run_list
from dashboard.services.status.kept import CLOCK
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import live
from tests.markup import read

pytestmark = pytest.mark.django_db
POLL = {"X-Poll": "1"}
PAGES = [
    *("/", "/runs/", "/deployments/", "/failures/", "/calendar/", "/timeline/", "/handover/?since=12h"),
    "/deployments/dep_a/",
    f"/runs/drun_{1:032x}/",
    f"/failures/{fingerprint('timeout_error', 'Turn 1 did not finish')}/",
]


@pytest.fixture(autouse=True)
def kept(reader: Client) -> None:
    """A little of everything."""
    live()
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW, "failed"))


def tag(reader: Client, address: str = "/runs/", **headers: str) -> str:
    return str(reader.get(address, headers=headers)["ETag"])


def again(reader: Client, known: str, address: str = "/runs/") -> Any:
    return reader.get(address, headers={"If-None-Match": known})


@pytest.mark.parametrize("address", PAGES)
def test_an_unchanged_page_is_not_sent_again(reader: Client, address: str) -> None:
    known = tag(reader, address)
    with CaptureQueriesContext(connection) as queries:
        response = again(reader, known, address)
    assert (response.status_code, response.content, response["ETag"]) == (304, b"", known)
    who = ("dashboard_session", "auth_user")
    [asked] = [query["sql"] for query in queries if not any(table in query["sql"] for table in who)]
    assert "dashboard_feed" in asked
    assert sum(len(f"{name}: {value}\r\n") for name, value in response.items()) < 900


def test_a_page_carries_the_tag_that_its_script_asks_with(reader: Client) -> None:
    response = reader.get("/runs/")
    known = read(response).one("main").attrs["data-tag"]
    assert known == tag(reader, **POLL) != response["ETag"]
    assert reader.get("/runs/", headers={"If-None-Match": known, **POLL}).status_code == 304


def test_a_head_has_the_tag_of_the_page_and_is_answered_like_it(reader: Client) -> None:
    assert reader.head("/runs/")["ETag"] == tag(reader)
    assert reader.head("/runs/", headers={"If-None-Match": tag(reader)}).status_code == 304


def test_a_tag_that_was_weakened_on_the_way_is_known_again(reader: Client) -> None:
    response = reader.get("/runs/", headers={"Accept-Encoding": "gzip"})
    assert response["ETag"].startswith("W/")
    assert again(reader, response["ETag"]).status_code == 304
    assert again(reader, f'"other", {response["ETag"]}').status_code == 304


def test_a_page_is_kept_by_nobody(reader: Client) -> None:
    assert "no-store" in reader.get("/runs/")["Cache-Control"]


CHANGES: list[Callable[[], object]] = [
    lambda: Feed.objects.update(version=8),
    lambda: Feed.objects.update(failing_since=NOW, error_status=503),
    lambda: Feed.objects.update(attempted_at=NOW - timedelta(minutes=5)),
    lambda: Feed.objects.update(malformed=3),
    lambda: Gap.objects.create(
        account="default", from_at=NOW - timedelta(days=3), until_at=NOW - timedelta(days=90)
    ),
    lambda: Feed.objects.all().delete(),
]


@pytest.mark.parametrize(
    "change", CHANGES, ids=["version", "trouble", "stale", "unreadable", "reading", "never"]
)
def test_a_change_of_the_data_changes_the_tag(reader: Client, change: Callable[[], object]) -> None:
    known = tag(reader)
    change()
    assert again(reader, known).status_code == 200


def test_a_read_without_news_changes_only_the_age(reader: Client) -> None:
    response = reader.get("/runs/")
    assert response["X-Read-Age"] == "4"
    Feed.objects.update(succeeded_at=NOW, attempted_at=NOW, polled_at=NOW)
    unchanged = again(reader, response["ETag"])
    assert (unchanged.status_code, unchanged["X-Read-Age"]) == (304, "0")


def test_what_was_never_read_has_no_age(reader: Client) -> None:
    Feed.objects.update(succeeded_at=None)
    assert "X-Read-Age" not in reader.get("/runs/")


def test_the_clock_alone_makes_a_page_another_one(reader: Client, clock: time_machine.Traveller) -> None:
    known = tag(reader)
    clock.shift(CLOCK)
    assert again(reader, known).status_code == 200


def test_the_address_the_zone_and_the_person_have_tags_of_their_own(
    reader: Client, django_user_model: Any
) -> None:
    tags = [
        tag(reader),
        tag(reader, "/runs/?status=failed"),
    ]
    reader.cookies["zone"] = "Asia/Shanghai"
    tags.append(tag(reader))
    reader.force_login(django_user_model.objects.create_user("other"))
    tags.append(tag(reader))
    assert len(set(tags)) == len(tags)


def test_the_order_of_parameters_makes_no_other_page(reader: Client) -> None:
    assert tag(reader, "/runs/?status=failed&limit=20") == tag(reader, "/runs/?limit=20&status=failed")


def test_a_missing_page_is_never_answered_as_unchanged(reader: Client) -> None:
    response = reader.get("/runs/none/")
    assert response.status_code == 404
    assert "ETag" not in response
    assert reader.get("/runs/none/", headers={"If-None-Match": "*"}).status_code == 404
    assert again(reader, "*").status_code == 200


def test_nobody_learns_from_a_tag_without_signing_in(reader: Client) -> None:
    known = tag(reader)
    reader.logout()
    assert again(reader, known).status_code == 302


@pytest.mark.parametrize("address", PAGES)
def test_the_polls_of_all_readers_share_one_rendering(
    reader: Client, django_user_model: Any, address: str
) -> None:
    first = reader.get(address, headers=POLL)
    reader.force_login(django_user_model.objects.create_user("other"))
    with CaptureQueriesContext(connection) as queries:
        second = reader.get(address, headers=POLL)
    assert (second.status_code, second.content, second["ETag"]) == (200, first.content, first["ETag"])
    assert set(second["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert len(queries) == 3  # the session, the person, the feeds


def test_an_answer_to_a_poll_names_nobody_and_has_no_form_token(reader: Client) -> None:
    page, polled = read(reader.get("/runs/")), read(reader.get("/runs/", headers=POLL))
    assert page.all("form", class_="who")
    assert page.all("input", name="csrfmiddlewaretoken")
    assert not polled.all("form", class_="who")
    assert not polled.all("input", name="csrfmiddlewaretoken")
    for part in ("list", "head", "banners"):
        assert polled.one("div", id=part).words() == page.one("div", id=part).words()


def test_a_poll_sees_the_next_version(reader: Client) -> None:
    before = reader.get("/runs/", headers=POLL)
    stored_runs(run_record(2, NOW, "completed"))
    Feed.objects.update(version=8)
    after = reader.get("/runs/", headers=POLL)
    assert before["ETag"] != after["ETag"]
    assert len(read(after).ids("runs")) == 2


def test_a_poll_needs_a_sign_in(reader: Client) -> None:
    reader.get("/runs/", headers=POLL)
    reader.logout()
    assert reader.get("/runs/", headers=POLL).status_code == 302


@pytest.mark.parametrize("address", ["/", "/runs/"])
def test_every_age_of_the_data_on_a_page_is_one_that_goes_on(reader: Client, address: str) -> None:
    ages = [span for span in read(reader.get(address)).all("span") if "data-age" in span.attrs]
    assert [(age.attrs["data-age"], age.words()) for age in ages] == [("4", "4 s")] * (
        2 if address == "/" else 1
    )


def test_a_page_is_made_once_for_all_readers_and_has_each_one_s_own_parts(
    reader: Client, django_user_model: Any
) -> None:
    SavedView.objects.create(name="Night shift", page="runs", address="/runs/?since=1h", pinned=True)
    first = read(reader.get("/runs/?status=failed"))
    other = Client()
    other.force_login(django_user_model.objects.create_user("somebody <b>else</b>"))
    with patch.object(run_list, "list_runs", side_effect=AssertionError("made again")):
        answer = other.get("/runs/?status=failed")
    second = read(answer)
    assert [page.one("form", class_="who").one("bdi").text for page in (first, second)] == [
        "reader",
        "somebody <b>else</b>",
    ]
    assert "Night shift" in second.one("nav", class_="tabs").words()
    tokens = [page.all("input", name="csrfmiddlewaretoken")[0].attrs["value"] for page in (first, second)]
    assert tokens[0] != tokens[1]
    assert b"<!--own" not in answer.content
    assert b">reader<" not in answer.content
    assert second.one("div", id="list").words() == first.one("div", id="list").words()


def test_a_step_of_an_open_page_is_sent_its_parts_alone(reader: Client) -> None:
    whole = reader.get("/runs/?status=failed")
    step = reader.get("/runs/?status=failed&limit=50", headers={"HX-Request": "true"})
    again = reader.get("/runs/?limit=50&status=failed", headers={"HX-Request": "true"})
    assert step["HX-Push-Url"] == again["HX-Push-Url"] == "/runs/?status=failed"
    assert len(step.content) < len(whole.content) - 4_000  # without the bar, its menus and the jump box
    pages = [read(answer) for answer in (whole, step)]
    for part in ("list", "head", "banners", "alarm"):
        assert pages[0].one("div", id=part).words() == pages[1].one("div", id=part).words()
    assert pages[0].one("form", id="filters").words() == pages[1].one("form", id="filters").words()
    assert pages[0].all("title")[0].words() == pages[1].all("title")[0].words()
    assert "HX-Request" in whole["Vary"]


def test_a_page_that_was_kept_says_for_how_long(reader: Client, clock: time_machine.Traveller) -> None:
    assert read(reader.get("/runs/")).one("main").attrs["data-held"] == "0"
    clock.shift(7)
    assert read(reader.get("/runs/")).one("main").attrs["data-held"] == "7"
    assert read(reader.get("/runs/", headers=POLL)).one("main").attrs["data-held"] == "0"  # made just now
