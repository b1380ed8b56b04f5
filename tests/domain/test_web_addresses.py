"""Which texts are addresses on the web that can be asked."""

from __future__ import annotations

import pytest

from dashboard.domain.web_addresses import complaint


@pytest.mark.parametrize(
    "url",
    [
        "https://api.qoder.com/api/v1/cloud",
        "http://127.0.0.1:8000/",
        "http://[::1]:8000/api",
        "https://api",
        "https://bücher.example",
    ],
)
def test_an_address_that_can_be_asked(url: str) -> None:
    assert complaint(url) == ""


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "begin with https:// or http://; it is ''"),
        ("api.qoder.com/api", "begin with https:// or http://; it is 'api.qoder.com/api'"),
        ("http:/a.example", "begin with"),
        ("//a.example", "begin with"),
        ("ftp://a.example", "begin with"),
        ("javascript:alert(1)", "begin with"),
        (" https://a.example", "begin with"),
        ("https:// a.example", "without spaces"),
        ("https://a.example/\n", "without spaces"),
        ("https://a.example?b", "without ? and #"),
        ("https://a.example/#b", "without ? and #"),
        ("https://", "name a host"),
        ("https://:443", "name a host"),
        ("https://-a.example", "name a host"),
        ("https://a..example", "name a host"),
        ("https://a.example:port", "name a host, and a port"),
        ("https://a.example:0", "name a host, and a port"),
        ("https://a.example:99999", "name a host, and a port"),
        ("http://[", "name a host"),
    ],
)
def test_an_address_that_cannot_be_asked(url: str, why: str) -> None:
    assert why in complaint(url)


@pytest.mark.parametrize(
    "url", ["https://user:secret@a.example", "user:secret@a.example", "https://secret@a"]
)
def test_a_password_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    assert "without @" in complaint(url)
    assert "secret" not in complaint(url)
