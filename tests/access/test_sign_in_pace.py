"""How fast passwords may be tried from one address, and who is not slowed by it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from dashboard.access import pace, sign_in_pace
from dashboard.access.sign_in_pace import PLACES, SECONDS_PER_PLACE


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=stopped.monotonic))
    return stopped


def tries(times: int, address: str = "192.0.2.1", browser: str = "") -> list[int]:
    """The answers to so many tries, one after the other."""
    return [sign_in_pace.take_place(asked(address, browser)) for _ in range(times)]


def asked(address: str = "192.0.2.1", browser: str = "") -> Any:
    request = RequestFactory().post("/sign-in/", REMOTE_ADDR=address)
    if browser:
        request.COOKIES["browser"] = browser
    return request


def known_browser() -> str:
    response = HttpResponse()
    sign_in_pace.know_browser(asked(), response)
    return response.cookies["browser"].value


@pytest.mark.usefixtures("clock")
def test_more_tries_at_once_than_there_are_places_have_to_wait() -> None:
    assert tries(PLACES + 2) == [0] * PLACES + [3, 3]


def test_a_place_becomes_free_every_few_seconds_and_no_faster(clock: Clock) -> None:
    tries(PLACES)
    clock.seconds += SECONDS_PER_PLACE - 0.5
    assert tries(1) == [1]
    clock.seconds += 0.5
    assert tries(2) == [0, 3]
    clock.seconds += PLACES * SECONDS_PER_PLACE
    assert tries(PLACES + 1) == [0] * PLACES + [3]


def test_a_flood_never_locks_its_address_out(clock: Clock) -> None:
    """Of tries that never end, one in three seconds is still looked at."""
    passed = 0
    for _ in range(300):
        clock.seconds += 0.1
        passed += tries(1) == [0]
    assert passed == pytest.approx(PLACES + 30 / SECONDS_PER_PLACE, abs=1)


@pytest.mark.usefixtures("clock")
def test_a_right_password_takes_no_place() -> None:
    for _ in range(3 * PLACES):
        assert tries(1) == [0]
        sign_in_pace.give_back(asked())


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("", "a socket", True),
    ],
)
def test_an_address_or_a_network_of_a_household_shares_its_places(
    first: str, second: str, *, shared: bool
) -> None:
    tries(PLACES, first)
    assert (tries(1, second) != [0]) is shared


@pytest.mark.usefixtures("clock")
def test_a_browser_that_signed_in_before_is_not_slowed_by_its_neighbours() -> None:
    browser = known_browser()
    tries(PLACES)
    assert tries(PLACES + 1, browser=browser) == [0] * PLACES + [3]
    assert tries(1, browser=known_browser()) == [0]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("forged", ["x", "x:1:y", "\x00", "a" * 5_000])
def test_a_forged_browser_has_no_places_of_its_own(forged: str) -> None:
    tries(PLACES)
    assert tries(1, browser=forged) == [3]


def test_a_known_browser_stays_the_same_one() -> None:
    first = HttpResponse()
    sign_in_pace.know_browser(asked(), first)
    again = HttpResponse()
    sign_in_pace.know_browser(asked(browser=first.cookies["browser"].value), again)
    names = [each.cookies["browser"].value.split(":")[0] for each in (first, again)]
    assert names[0] == names[1]
    assert first.cookies["browser"]["httponly"]
