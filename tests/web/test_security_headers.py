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
def test_a_header_that_a_view_leaves_out_is_added(rf: RequestFactory, name: str, holds: str) -> None:
    assert holds in answered(rf)[name]


@pytest.mark.parametrize("name", ["Cross-Origin-Resource-Policy", "Cache-Control", "Permissions-Policy"])
def test_a_header_that_a_view_sets_is_kept(rf: RequestFactory, name: str) -> None:
    assert answered(rf, **{name: "its own"})[name] == "its own"
