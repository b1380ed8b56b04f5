"""What stands in place of the overview while there is nothing to count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.test import Client

from dashboard.models import Feed
from dashboard.services.cloud.accounts import Account
from dashboard.services.overview.door import door
from dashboard.services.status.snapshot import Snapshot
from tests.factories import NOW, deployment_record, run_record, stored_deployments, stored_runs
from tests.feeds import failing, live
from tests.markup import Element, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
NEVER: dict[str, Any] = {"polled_at": None, "succeeded_at": None}


def card(reader: Client) -> Element:
    return read(reader.get("/")).one("section", class_="card door")


def facts(shown: Element) -> dict[str, str]:
    names = [term.words() for term in shown.all("dt")]
    return dict(zip(names, [value.words() for value in shown.all("dd")], strict=True))


def test_what_the_api_refuses_is_one_card_with_what_to_do(reader: Client) -> None:
    failing(
        **NEVER,
        error_family="NotAccepted",
        error_status=401,
        error_message="Key <i>revoked</i>",
        error_request_id="r1",
    )
    shown = facts(card(reader))
    assert shown["Asked"].startswith("GET http")
    assert shown["Asked"].endswith("/deployment_runs")
    assert shown["Came back"] == "HTTP 401: Key <i>revoked</i>"
    assert shown["What to do"].startswith("Set a personal access token that is valid as QODER_PAT")
    assert shown["Request"] == "r1"
    assert shown["Next try"].startswith("Every 10 s, or at once")
    page = read(reader.get("/"))
    assert not page.all("section", class_="card tiles")
    assert "revoked" not in page.one("div", id="banners").words()  # the card says it
    assert "revoked" in read(reader.get("/runs/")).one("div", id="banners").words()


@pytest.mark.parametrize(
    ("status", "message", "came_back", "remedy"),
    [
        (403, "", "HTTP 403", "Let the token"),
        (404, "no route", "HTTP 404: no route", "Check QODER_API_URL"),
        (429, "", "HTTP 429", "Nothing has to be set"),
        (503, "", "HTTP 503", "Nothing has to be set"),
        (None, "", "no answer", "Check that this machine reaches"),
        (None, "name unknown", "name unknown", "Check that this machine reaches"),
    ],
)
def test_each_refusal_has_its_remedy(status: int | None, message: str, came_back: str, remedy: str) -> None:
    failing(**NEVER, error_family="x", error_status=status, error_message=message, retry_at=NOW)
    shown = door(Snapshot(NOW))
    assert shown is not None
    [refusal] = shown.refusals
    assert (refusal.answered, refusal.retry_at) == (came_back, NOW)
    assert refusal.remedy.startswith(remedy)


def test_an_empty_account_is_led_to_a_first_deployment(reader: Client) -> None:
    live()
    shown = card(reader)
    assert shown.one("h2").words() == "Three steps to a first deployment"
    assert len(shown.one("ol").all("li")) == 3


def test_what_is_being_read_says_what_comes_first_and_what_to_look_at_if_nothing_does(
    reader: Client, account: Account, settings: Any
) -> None:
    assert card(reader).words().startswith("The first reading has begun The newest runs come first, then")
    settings.ACCOUNTS = (account, replace(account, name="other"))
    failing("other", **NEVER, error_status=401)
    refused, reading = read(reader.get("/")).all("section", class_="card door")
    assert refused.one("h2").words() == "Nothing could be read of other"
    assert reading.one("h2").words() == "The first reading of default has begun"


@time_machine.travel(NOW, tick=False)
def test_a_refused_account_beside_an_empty_one_hides_no_other_trouble(
    reader: Client, account: Account, settings: Any
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    failing(**NEVER, error_status=401)
    live("other")
    assert card(reader).one("h2").words() == "Nothing could be read of default"
    assert not read(reader.get("/")).one("div", id="banners").words()
    Feed.objects.filter(account="other").update(failing_since=NOW)
    assert "Stale. Account other" in read(reader.get("/")).one("div", id="banners").words()


def test_a_long_answer_is_shown_by_its_beginning_and_whole_for_whoever_asks(reader: Client) -> None:
    failing(**NEVER, error_status=503, error_message="W" * 400)
    shown = card(reader).one("details", class_="api-words")
    assert shown.one("summary").words() == f"HTTP 503: {'W' * 149}…"
    assert shown.one("p").words() == f"HTTP 503: {'W' * 400}"


def test_where_there_is_anything_to_show_it_is_shown() -> None:
    live()
    assert door(Snapshot(NOW)) is not None
    stored_deployments(deployment_record())
    stored_runs(run_record(1, NOW))
    assert door(Snapshot(NOW)) is None


def test_an_empty_account_that_is_not_read_any_more_still_says_so(reader: Client) -> None:
    failing(error_family="x", error_status=503)
    page = read(reader.get("/"))
    assert page.one("section", class_="card door").one("h2").words() == "Three steps to a first deployment"
    assert "Stale." in page.one("div", id="banners").words()
