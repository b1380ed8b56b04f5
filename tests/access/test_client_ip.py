"""Where a request comes from: the trusted proxy is believed, else the connection counts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from dashboard.access import client_ip

PROXY = "192.0.2.1"


@pytest.mark.parametrize(
    ("trusted", "came_from", "forwarded", "expected"),
    [
        ("", "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        (PROXY, "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        (PROXY, PROXY, "203.0.113.9", "203.0.113.9"),
        (PROXY, PROXY, "127.0.0.1, 203.0.113.9", "203.0.113.9"),
        (PROXY, PROXY, "2001:db8::1", "2001:db8::1"),
        (PROXY, PROXY, "", PROXY),
        (PROXY, PROXY, "<script>", PROXY),
        (PROXY, PROXY, "203.0.113.9, unknown", PROXY),
        ("", "", "203.0.113.9", ""),
        ("10.0.0.0/8,2001:db8::/32", "10.1.2.3", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8,2001:db8::/32", "2001:db8::7", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "11.1.2.3", "203.0.113.9", "11.1.2.3"),
        ("10.0.0.0/8", "10.1.2.3", "198.51.100.7, 203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.0.0.0/8", "10.1.2.3", "10.9.9.8,10.9.9.9", "10.9.9.8"),
        ("10.0.0.0/8", "10.1.2.3", "198.51.100.7, unknown, 10.9.9.9", "10.9.9.9"),
    ],
)
def test_only_the_trusted_proxy_is_believed(
    rf: RequestFactory, settings: Any, trusted: str, came_from: str, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXY = trusted
    request = rf.get("/", REMOTE_ADDR=came_from, headers={"X-Forwarded-For": forwarded})
    assert client_ip.address(request) == expected


@pytest.mark.parametrize(
    ("trusted", "came_from", "through"),
    [
        ("", PROXY, False),
        ("", "", False),
        (PROXY, "", False),
        (PROXY, PROXY, True),
        (PROXY, "192.0.2.2", False),
        ("192.0.2.0/24", PROXY, True),
        ("2001:db8::/32,192.0.2.1", PROXY, True),
        ("2001:db8::/32", "2001:db9::1", False),
        (PROXY, "a unix socket", False),
    ],
)
def test_a_request_came_through_a_proxy_whose_address_is_listed(
    rf: RequestFactory, settings: Any, trusted: str, came_from: str, *, through: bool
) -> None:
    settings.TRUSTED_PROXY = trusted
    assert client_ip.through_proxy(rf.get("/", REMOTE_ADDR=came_from)) is through
