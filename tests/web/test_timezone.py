"""The zone a reader is in."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.zones import known_zone
from dashboard.web.timezone import COOKIE, ReaderZoneMiddleware


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/Argentina/Ushuaia"])
def test_a_zone_is_known_by_its_name(name: str) -> None:
    zone = known_zone(name)
    assert zone is not None
    assert zone.key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus",
        "europe",
        "Europe",
        "../Europe/Berlin",
        "/etc/passwd",
        "a\x00b",
        "x" * 5000,
        "Zürich",
    ],
)
def test_an_unknown_zone_is_none(name: str) -> None:
    assert known_zone(name) is None


@given(st.text())
def test_no_name_makes_it_raise(name: str) -> None:
    zone = known_zone(name)
    assert zone is None or zone.key == name


def asked(cookies: dict[str, str]) -> str:
    """The zone in force while a request with those cookies is answered."""
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    request = RequestFactory().get("/")
    request.COOKIES = cookies
    assert ReaderZoneMiddleware(view)(request).status_code == 200
    return seen[0]


def test_a_page_is_shown_in_the_zone_of_its_reader() -> None:
    assert asked({COOKIE: "Asia/Tokyo"}) == "Asia/Tokyo"


@pytest.mark.parametrize("cookies", [{}, {COOKIE: ""}, {COOKIE: "Mars/Olympus"}])
def test_without_a_known_zone_the_servers_is_used(cookies: dict[str, str], settings: object) -> None:
    settings.TIME_ZONE = "Europe/Lisbon"  # type: ignore[attr-defined] # the fixture takes any setting
    assert asked(cookies) == "Europe/Lisbon"


def test_the_zone_ends_with_the_request() -> None:
    before = timezone.get_current_timezone_name()
    asked({COOKIE: "Asia/Tokyo"})
    assert timezone.get_current_timezone_name() == before
