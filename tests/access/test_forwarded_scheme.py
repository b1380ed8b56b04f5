"""The scheme that the trusted proxy reports: the first of several, in any case; from nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

PROXY, ELSEWHERE = "192.0.2.9", "192.0.2.8"


@pytest.fixture(autouse=True)
def behind_tls(settings: Any) -> None:
    """A site behind one trusted proxy, where every plain request is led to https."""
    settings.SECURE_SSL_REDIRECT, settings.TRUSTED_PROXY = True, PROXY


def asked(reported: str, came_from: str = PROXY, path: str = "/style/site-old.css") -> Any:
    return Client(REMOTE_ADDR=came_from).get(path, headers={"X-Forwarded-Proto": reported})


@pytest.mark.parametrize(
    "reported", ["https", "HTTPS", "Https", " https ", "https, http", "HTTPS,http", "https,https"]
)
def test_who_came_by_https_is_answered(reported: str) -> None:
    response = asked(reported)
    assert response["Location"].startswith("/style/")
    assert response.wsgi_request.is_secure()


@pytest.mark.parametrize("reported", ["http", "HTTP", "http, https", "", "wss", ", https"])
def test_who_came_without_tls_is_led_to_it_once(reported: str) -> None:
    response = asked(reported)
    assert (response.status_code, response["Location"]) == (301, "https://testserver/style/site-old.css")


def test_a_report_of_no_tls_counts_where_the_proxy_itself_connects_by_tls() -> None:
    response = Client(REMOTE_ADDR=PROXY).get("/livez", headers={"X-Forwarded-Proto": "http"}, secure=True)
    assert not response.wsgi_request.is_secure()


@pytest.mark.parametrize("trusted", [PROXY, ""])
def test_a_proxy_that_is_not_trusted_is_named_in_the_log_instead_of_redirecting_for_ever(
    settings: Any, caplog: pytest.LogCaptureFixture, trusted: str
) -> None:
    settings.TRUSTED_PROXY = trusted
    response = asked("https, http", came_from=ELSEWHERE)
    assert response.status_code == 400
    assert b"set TRUSTED_PROXY" in response.content
    assert b"192.0.2" not in response.content
    assert (
        f"X-Forwarded-Proto comes from {ELSEWHERE}, but TRUSTED_PROXY is {trusted or 'not set'}"
        in caplog.text
    )
    assert not response.wsgi_request.is_secure()


def test_a_health_check_is_answered_whatever_it_reports() -> None:
    assert asked("https", came_from=ELSEWHERE, path="/livez").status_code == 200
