"""What no page and no stylesheet may hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.web.bundles import SHEETS
from tests.test_boundaries import importing, name_of

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = sorted(file for file in (ROOT / "static").rglob("*") if file.is_file())
MARKUP = [*PAGES, *(file for file in STATIC if file.suffix in (".svg", ".html"))]
STYLESHEETS = [file for file in STATIC if file.suffix == ".css"]
# What is forbidden, and an example of it.
FORBIDDEN = {
    "an inline style": (r"<[a-z][^>]*\sstyle\s*=", '<p class="a"\n style="color: red">'),
    "a style element": (r"<style\b", "<style>p {}</style>"),
    "an inline script": (r"<script\b[^>]*>\s*[^<\s]", '<script type="module">go()</script>'),
    "a script without a source": (r"<script\b(?![^>]*\bsrc=)[^>]*>", "<script async></script>"),
    "a handler": (r"<[a-z][^>]*\son[a-z]+\s*=", '<a href="/" onclick="go()">'),
    "an address that is a script": (r"javascript:", '<a href="javascript:go()">'),
    "markup that is taken as safe": (r"\|\s*safe\b|\bMarkup\(|{%-?\s*autoescape", "{{ text|safe }}"),
    "something from another host": (
        r"<(?:script|link|img|use)\b[^>]*(?:src|href)=[\"'](?:https?:)?//",
        '<script defer src="https://cdn.example/htmx.js"></script>',
    ),
}


def test_every_page_is_checked() -> None:
    assert len(PAGES) > 20


@pytest.mark.parametrize(("pattern", "example"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_no_markup_holds_what_the_security_policy_forbids(pattern: str, example: str) -> None:
    forbidden = re.compile(pattern, re.IGNORECASE)
    assert forbidden.search(example)
    hits = {name_of(file): hit[0] for file in MARKUP if (hit := forbidden.search(file.read_text("utf-8")))}
    assert hits == {}


# A minus has a space on both sides where it takes one number from another.
ARITHMETIC = re.compile(r"\S [-+*/%]{1,2} \S|\|\s*length\s*[-+*/%]")


def calculations(text: str) -> list[str]:
    """The expressions and statements of a template that calculate something."""
    codes = (
        re.sub(r"\"[^\"]*\"|'[^']*'", "''", code)
        for code in re.findall(r"{[{%]-?(.*?)-?[%}]}", text, re.DOTALL)
    )
    return [code.strip() for code in codes if ARITHMETIC.search(code)]


@pytest.mark.parametrize(
    "example", ["{{ page + 1 }}", "{% if a|length-2 %}", "{{ x // 2 }}", "{%- set y = 3 * x -%}"]
)
def test_a_calculation_is_seen(example: str) -> None:
    assert calculations(example)


@pytest.mark.parametrize(
    "example", ["{{ -1 if last else 0 }}", "{{ 0 if last else -1 }}", '{{ "a - b" }}', "{%- x -%}"]
)
def test_what_only_looks_like_a_calculation_is_not(example: str) -> None:
    assert not calculations(example)


def test_templates_do_not_calculate() -> None:
    hits = {name_of(file): codes for file in PAGES if (codes := calculations(file.read_text("utf-8")))}
    assert hits == {}


def test_no_code_marks_text_as_safe() -> None:
    own = {"dashboard/web/templates.py"}  # how templates are run
    assert importing("markupsafe", "django.utils.safestring") == own
    made = {f"dashboard/web/{name}.py" for name in ("glyphs", "jinja", "kept_markup")}
    assert importing("dashboard.web.templates") == made


def test_every_stylesheet_is_in_the_order_and_the_order_names_no_other() -> None:
    folder = ROOT / "static" / "css"
    order = [name for sheet in SHEETS for name in (folder / f"{sheet}.order").read_text("utf-8").split()]
    assert sorted(order) == sorted(file.name for file in STYLESHEETS)


def test_no_stylesheet_asks_another_host() -> None:
    other_host = re.compile(r"@import|url\(\s*[\"']?(?:https?:)?//")
    assert [name_of(file) for file in STYLESHEETS if other_host.search(file.read_text("utf-8"))] == []
