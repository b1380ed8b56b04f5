"""Of a record's metadata only listed keys are read, each as one line of text that can do no harm."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.domain import metadata
from dashboard.domain.record_text import canonical

LONG = "x" * 300


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("data", "data"),
        ("  two\n\twords\x00\u202e ", "two words"),
        ("<b>&", "<b>&"),
        (LONG, "x" * 255 + "…"),
        ("Bearer pt-0123456789abcdefghij", "Bearer pt-…"),
        (3, "3"),
        (1.5, "1.5"),
        (True, "true"),
        (False, "false"),
        (10**400, "1" + "0" * 255),
        ("", ""),
        (" \u200b\n", ""),
        ("no team", ""),
        (None, ""),
        (["data"], ""),
        ({"name": "data"}, ""),
    ],
)
def test_a_value_is_one_line_of_text_or_none(given: Any, read: str) -> None:
    record = canonical({"metadata": {"team": given, "other": "secret"}})
    assert metadata.values(record, ("team",)) == ({"team": read} if read else {})


def test_metadata_that_is_no_object_has_no_values() -> None:
    assert [metadata.values(canonical(raw), ("team",)) for raw in ({}, {"metadata": "team"})] == [{}, {}]


@pytest.mark.parametrize(
    ("text", "leads"),
    [
        ("https://wiki.example/runbooks/a?b=c#d", True),
        ("http://[2001:db8::1]:8080/", True),
        ("https://wiki.example/'onclick", True),
        ('https://wiki.example/"onclick', False),
        ("https://wiki.example/<b>", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//wiki.example/", False),
        ("HTTPS://", False),
        ("https://", False),
        ("https://user:password@wiki.example/", False),
        ("https://wiki.example/two words", False),
        ("https://wiki.example\\@other.example/", False),
        ("https://wiki.example:0/", False),
        ("https://wiki.example:port/", False),
        ("https://[wiki.example/", False),
        ("https://wiki.example/cut…", False),
        ("see the wiki", False),
    ],
)
def test_only_an_address_of_the_web_without_a_password_is_a_link(text: str, leads: bool) -> None:
    assert metadata.web_link(text) == (text if leads else "")


def test_a_key_is_named_by_letters_digits_and_three_signs() -> None:
    assert all(map(metadata.is_key, ("team", "cost-center", "a.b_C9", "x" * 40)))
    assert not any(map(metadata.is_key, ("", "two words", "é", "x" * 41, "a=b")))
    assert metadata.label_name("cost-center.eu") == "meta_cost_center_eu"
