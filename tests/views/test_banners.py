"""Every page says how old its data is, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dashboard.models import Gap
from dashboard.services.cloud import accounts
from dashboard.services.cloud.accounts import Account
from tests.factories import NOW, deployment_record, stored_deployments
from tests.feeds import failing, live
from tests.markup import Element, read

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
PAGES = ["/", "/runs/", "/deployments/", "/deployments/dep_a/"]


def page(reader: Client, url: str = "/runs/", **headers: str) -> Element:
    return read(reader.get(url, headers=headers))


def banners_of(reader: Client, url: str = "/runs/") -> list[str]:
    """The banners of a page, as words."""
    banners = page(reader, url).one("div", id="banners")
    return [box.words() for box in banners.all("div") if "banner" in box.attrs.get("class", "").split()]


@pytest.mark.parametrize("url", PAGES)
def test_all_is_well_without_a_banner_and_with_the_age_of_the_data(reader: Client, url: str) -> None:
    live(runs_read=9999, runs_kept=1234, malformed=2)
    stored_deployments(deployment_record())
    assert banners_of(reader, url) == []
    shown = page(reader, url)
    fresh = shown.one("span", id="pulse").one("span", class_="fresh")
    assert (fresh.attrs["data-feed"], fresh.words()) == ("live", "4 s old, live")
    foot = shown.one("footer").words()
    assert "read 4 s ago · 1,234 runs · complete · 2 unreadable records left out" in foot


@pytest.mark.parametrize("url", PAGES)
def test_trouble_is_shown_on_every_page_with_the_words_of_the_api(reader: Client, url: str) -> None:
    stored_deployments(deployment_record())
    failing(
        error_family="Unavailable",
        error_status=503,
        error_message="Maintenance <b>until noon</b>",
        error_request_id="req_0123",
        retry_at=NOW + 2 * MINUTE,
    )
    [banner] = banners_of(reader, url)
    assert banner.startswith("Stale. Last complete read Tue 16 Jun 09:12, 30 min ago: the API answers 503.")
    assert "Next try in 2 min. What you see is from then." in banner
    assert "Since Tue 16 Jun 09:12 · HTTP 503 · Maintenance <b>until noon</b> · request req_0123" in banner
    assert page(reader, url).one("span", class_="fresh").attrs["data-feed"] == "stale"


def test_a_token_that_is_not_accepted_is_named_before_anything_was_read(reader: Client) -> None:
    failing(polled_at=None, succeeded_at=None, error_family="NotAccepted", error_status=401)
    [banner] = banners_of(reader)
    assert banner.startswith(
        "Nothing read yet. The API does not accept the token of account default (QODER_PAT)."
    )
    assert "HTTP 401" in banner
    assert page(reader).one("span", class_="fresh").words() == "not read yet"


def test_a_sync_that_fell_silent_is_stale(reader: Client) -> None:
    live(attempted_at=NOW - 5 * MINUTE, succeeded_at=NOW - 5 * MINUTE)
    [banner] = banners_of(reader)
    assert "the sync has stopped reporting. What you see is from then." in banner


def test_the_demonstration_says_that_nothing_is_real(reader: Client, settings: Any) -> None:
    settings.ACCOUNTS = (accounts.demonstration(),)
    live(accounts.DEMONSTRATION)
    [banner] = banners_of(reader)
    assert banner.startswith("Demonstration. These deployments and runs are made up, nothing here is real.")
    assert "Set QODER_PAT and restart" in banner


def test_a_long_answer_of_the_api_takes_two_lines_until_somebody_opens_it(reader: Client) -> None:
    failing(
        error_family="Throttled", error_status=429, error_message=f"<b>{'W' * 600}", error_request_id="r1"
    )
    banner = page(reader).one("div", id="banners")
    assert "HTTP 429 · request r1" in banner.words()
    shown = banner.one("details", class_="api-words")
    assert shown.one("summary").words() == f"<b>{'W' * 156}…"
    assert shown.one("p").words() == f"<b>{'W' * 600}"


def test_of_many_accounts_that_cannot_be_read_two_are_shown_at_once(
    reader: Client, settings: Any, account: Account
) -> None:
    names = ["a", "b", "c", "d"]
    settings.ACCOUNTS = tuple(replace(account, name=name) for name in names)
    for name in names:
        failing(name, error_family="x", error_status=503)
    banners = page(reader).one("div", id="banners")
    folded = banners.one("details", id="more-feeds")
    assert folded.one("summary").words() == "2 more accounts cannot be read"
    assert ["Account c" in folded.words(), "Account b" in folded.words()] == [True, False]


def test_a_demonstration_beside_a_real_account_is_kept_apart(
    reader: Client, settings: Any, account: Account
) -> None:
    settings.ACCOUNTS = (account, accounts.demonstration())
    live()
    live(accounts.DEMONSTRATION)
    assert banners_of(reader)[0].startswith("Demonstration. The account demonstration is made up")


def test_a_first_reading_of_one_account_of_two_says_how_far_it_is(
    reader: Client, settings: Any, account: Account
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    live()
    live("other", polled_at=None, succeeded_at=None, runs_kept=1)
    assert banners_of(reader) == [
        "First reading of other: 1 run and 0 deployments so far. "
        "Until it is complete only what is certain is judged."
    ]


def test_how_history_comes_forward_has_a_bar_of_its_own_or_that_of_the_first_reading(
    reader: Client, settings: Any, account: Account
) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    known: dict[str, Any] = {"fill_share": 0.349, "fill_left_s": 170.0, "fill_speed": 0.5}
    live(runs_kept=46_000, **known)
    live("other", succeeded_at=None, runs_kept=2, **known)
    for name in (account.name, "other"):
        Gap.objects.create(account=name, from_at=NOW - MINUTE, until_at=NOW - 90 * 1440 * MINUTE)
    assert banners_of(reader) == [
        "First reading of other: 2 runs back to 16 Jun 09:41 and 0 deployments so far, about 3 min left. "
        "Until it is complete only what is certain is judged. 34 %",
        "Reading history of default: 46,000 runs, back to 16 Jun 09:41, about 3 min left. 34 %",
    ]
    bars = page(reader).all("progress")
    assert [(bar.attrs["value"], bar.attrs["aria-label"]) for bar in bars] == [
        ("34", "History read of other"),
        ("34", "History read of default"),
    ]


def test_trouble_of_one_account_of_two_is_its_own(reader: Client, settings: Any, account: Account) -> None:
    settings.ACCOUNTS = (account, replace(account, name="other"))
    live()
    failing("other", error_family="Throttled", error_status=429)
    [banner] = banners_of(reader)
    assert banner.startswith("Stale. Account other: last complete read")
    assert "What you see of it is from then." in banner
    # The page is no fresher than the oldest of what it shows.
    assert page(reader).one("span", class_="fresh").words() == "30 min old, stale"
    stored_deployments(deployment_record("a"), account="default")
    stored_deployments(deployment_record("b"), account="other")
    shown = page(reader, "/deployments/")
    aged = [row.attrs["id"] for row in shown.all("tr") if "data-aged" in row.attrs]
    assert aged == ["deployment-dep_b@other"]


def test_history_that_is_still_read_says_since_when_it_is_complete(reader: Client) -> None:
    live()
    Gap.objects.create(account="default", from_at=NOW - 60 * MINUTE, until_at=NOW - 9000 * MINUTE)
    head = page(reader).one("div", id="head").words()
    assert "complete since Tue 16 Jun 08:42, older runs still being read" in head
    assert "complete since" in page(reader).one("footer").words()


@pytest.mark.parametrize("runs", [0, 1])
def test_a_first_reading_that_the_api_refuses_is_not_called_under_way(reader: Client, runs: int) -> None:
    polled = {"polled_at": NOW} if runs else {"polled_at": None}
    failing(succeeded_at=None, error_family="NotAccepted", error_status=401, runs_kept=runs, **polled)
    if runs:
        Gap.objects.create(account="default", from_at=NOW - MINUTE, until_at=NOW - 9000 * MINUTE)
    foot = page(reader).one("footer").words()
    assert "not read completely yet" in foot
    assert "first reading interrupted" in foot


def test_an_answer_to_htmx_has_the_banners_and_the_age(reader: Client) -> None:
    failing(error_family="Throttled", error_status=429)
    shown = page(reader, **{"HX-Request": "true"})
    assert "the API limits how often it may be asked" in shown.one("div", id="banners").words()
    assert "stale" in shown.one("span", id="pulse").words()
