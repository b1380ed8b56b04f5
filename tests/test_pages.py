"""What no page, script or stylesheet may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_boundaries import importing, name_of

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = sorted(file for file in (ROOT / "static").rglob("*") if file.is_file())


# -- Pages ------------------------------------------------------------------------------------------

MARKUP = [*PAGES, *(file for file in STATIC if file.suffix in (".svg", ".html"))]
FORBIDDEN = {
    "an inline style": r"<[a-z][^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "an inline script": r"<script\b[^>]*>\s*[^<\s]",
    "a script without a source": r"<script\b(?![^>]*\bsrc=)[^>]*>",
    "a handler": r"<[a-z][^>]*\son[a-z]+\s*=",
    "an address that is a script": r"javascript:",
    "markup that is taken as safe": r"\|\s*safe\b|\bMarkup\(|{%-?\s*autoescape",
    "something from another host": r"<(?:script|link|img|use)\b[^>]*(?:src|href)=[\"'](?:https?:)?//",
}


def test_every_page_is_looked_at() -> None:
    assert len(PAGES) > 20


@pytest.mark.parametrize("file", MARKUP, ids=name_of)
@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_markup_holds_what_the_security_policy_forbids(file: Path, what: str) -> None:
    found = re.search(FORBIDDEN[what], file.read_text("utf-8"), re.IGNORECASE)
    assert found is None, f"{what}: {found and found[0]}"


@pytest.mark.parametrize(
    ("what", "markup"),
    [
        ("an inline style", '<p class="a"\n style="color: red">'),
        ("a style element", "<style>p {}</style>"),
        ("an inline script", '<script type="module">go()</script>'),
        ("a script without a source", "<script async></script>"),
        ("a handler", '<a href="/" onclick="go()">'),
        ("an address that is a script", '<a href="javascript:go()">'),
        ("markup that is taken as safe", "{{ text|safe }}"),
        ("something from another host", '<script defer src="https://cdn.example/htmx.js"></script>'),
    ],
)
def test_what_is_forbidden_would_be_found(what: str, markup: str) -> None:
    assert re.search(FORBIDDEN[what], markup, re.IGNORECASE)


def test_no_script_makes_inline_styles_or_runs_text() -> None:
    scripts = [file for file in STATIC if file.suffix == ".js"]
    assert scripts
    for file in scripts:
        found = re.search(r"\beval\(|new Function\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write"
                          r"|setAttribute\(\s*[\"'](?:style|on\w+)", file.read_text("utf-8"))  # fmt: skip
        assert found is None, f"{name_of(file)}: {found and found[0]}"


def test_no_code_marks_text_as_safe() -> None:
    assert importing("markupsafe", "django.utils.safestring") == set()


def test_every_stylesheet_is_in_the_order_and_the_order_names_no_other() -> None:
    folder = ROOT / "static" / "css"
    order = (folder / "site.order").read_text("utf-8").split()
    assert sorted(order) == sorted(file.name for file in folder.glob("*.css"))


def test_no_stylesheet_asks_another_host() -> None:
    for file in STATIC:
        if file.suffix == ".css":
            assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", file.read_text("utf-8")), name_of(
                file
            )


# -- Glyphs -----------------------------------------------------------------------------------------


def sprite() -> list[str]:
    return re.findall(
        r'<symbol id="g-([^"]+)"', (ROOT / "templates/components/sprite.html").read_text("utf-8")
    )


def drawn_by_templates() -> Iterator[str]:
    for file in PAGES:
        text = file.read_text("utf-8")
        for call in re.findall(r"(?<!macro )\bglyph\(([^)]*)\)", text):
            yield from re.findall(r'(?<![=!]= )"([a-z-]+)"', call)
        yield from re.findall(r'\bempty\([^)]*?,\s*"([a-z-]+)"\s*\)', text)


def named_by_services() -> Iterator[str]:
    from dashboard.domain.states import Health, Outcome
    from dashboard.services import layout as frame
    from dashboard.services.lists import badges

    for word in [*Outcome.KNOWN, Outcome.STARTED, "brand new"]:
        yield badges.outcome(word).glyph
    for word in badges._HEALTHS:
        yield badges.health(word).glyph
    yield badges.health(Health.UNKNOWN, "draining").glyph
    yield badges.health(Health.PAUSED, "paused", "budget").glyph
    for word in ("schedule", "manual", "retry", "webhook"):
        yield badges.trigger_glyph(word)
    for _, _, glyph in frame._PAGES:
        yield glyph


@pytest.mark.parametrize("glyph", sorted(set(named_by_services())))
def test_every_glyph_that_a_service_names_is_in_the_sprite(glyph: str) -> None:
    assert glyph in sprite()


@pytest.mark.parametrize("glyph", sorted(set(drawn_by_templates())))
def test_every_glyph_that_a_template_draws_is_in_the_sprite(glyph: str) -> None:
    assert glyph in sprite()


def test_no_glyph_is_there_twice() -> None:
    found = sprite()
    assert found
    assert sorted(found) == sorted(set(found))
