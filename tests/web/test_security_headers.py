"""What every answer carries: no powers of the browser, nothing for other sites or shared caches."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from dashboard.web.security_headers import HeadersMiddleware


def answered(rf: RequestFactory, **headers: str) -> HttpResponse:
    def view(_: HttpRequest) -> HttpResponse:
        return HttpResponse(headers=headers)

    return HeadersMiddleware(view)(rf.get("/"))


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("Permissions-Policy", "camera=()"),
        ("Permissions-Policy", "geolocation=()"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("X-Robots-Tag", "noindex"),
        ("Cache-Control", "private"),
        ("Cache-Control", "no-cache"),
    ],
)
def test_what_a_view_does_not_say_is_said_for_it(rf: RequestFactory, name: str, holds: str) -> None:
    assert holds in answered(rf)[name]


@pytest.mark.parametrize("name", ["Cross-Origin-Resource-Policy", "Cache-Control", "Permissions-Policy"])
def test_what_a_view_says_is_left_as_it_is(rf: RequestFactory, name: str) -> None:
    assert answered(rf, **{name: "its own"})[name] == "its own"
