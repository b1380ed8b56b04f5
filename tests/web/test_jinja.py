"""What templates may use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from jinja2 import UndefinedError

from dashboard.web import bundles
from dashboard.web.jinja import environment

AT = datetime(2026, 6, 16, 7, 22, 3, 900_000, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def drawn(template: str, **context: Any) -> str:
    with timezone.override(BERLIN):
        return environment().from_string(template).render(**context)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ at|iso }}", "2026-06-16T07:22:03Z"),
        ("{{ at|exact }}", "Tue 16 Jun 2026, 09:22:03 CEST"),
        ("{{ at|moment }}", "Tue 16 Jun 09:22"),
        ("{{ early|moment }}", "Thu 1 Jan 05:06"),
        ("{{ at|distance(now) }}", "41 min ago"),
        ("{{ length|duration }}", "3 min 41 s"),
        ("{{ 12345|grouped }}", "12,345"),
        ("{{ 999|grouped }}", "999"),
        ("{{ 0|grouped }}", "0"),
    ],
)
def test_a_filter_gives_its_text(template: str, expected: str) -> None:
    given = {
        "at": AT,
        "early": datetime(2026, 1, 1, 4, 6, tzinfo=UTC),
        "now": AT + timedelta(minutes=41, seconds=8),
        "length": timedelta(seconds=221),
    }
    assert drawn(template, **given) == expected


def test_an_instant_of_any_zone_is_written_for_machines_in_utc() -> None:
    assert drawn("{{ at|iso }}", at=AT.astimezone(ZoneInfo("Asia/Kolkata"))) == "2026-06-16T07:22:03Z"


def test_text_is_escaped() -> None:
    assert drawn("{{ text }}", text="<script>&\"'") == "&lt;script&gt;&amp;&#34;&#39;"


@pytest.mark.parametrize("template", ["{{ missing }}", "{% if missing %}{% endif %}", "{{ text.missing }}"])
def test_an_unknown_name_is_an_error(template: str) -> None:
    with pytest.raises(UndefinedError):
        drawn(template, text="")


def test_escaping_cannot_be_switched_off_by_an_option() -> None:
    assert environment(autoescape=False).from_string("{{ '<' }}").render() == "&lt;"


def test_a_line_with_only_a_statement_leaves_no_line() -> None:
    assert drawn("a\n  {% if true %}\nb\n  {% endif %}\nc") == "a\nb\nc"


def test_addresses_come_from_the_site() -> None:
    assert drawn("{{ url('sign-in') }}").startswith("/")
    assert drawn("{{ static('js/site.js') }}") == "/static/js/site.js"
    assert drawn("{{ stylesheet() }}") == bundles.stylesheet_url()
    assert (
        drawn("{{ script() }} {{ script('wall') }}") == f"{bundles.script_url()} {bundles.script_url('wall')}"
    )
