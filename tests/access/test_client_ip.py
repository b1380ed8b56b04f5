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
    ],
)
def test_only_the_trusted_proxy_is_believed(
    rf: RequestFactory, settings: Any, trusted: str, came_from: str, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXY = trusted
    request = rf.get("/", REMOTE_ADDR=came_from, headers={"X-Forwarded-For": forwarded})
    assert client_ip.address(request) == expected
    assert client_ip.through_proxy(request) is (trusted == came_from != "")
