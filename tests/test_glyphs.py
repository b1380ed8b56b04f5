"""Every glyph that is drawn has a shape."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dashboard.domain.states import Outcome
from dashboard.services import layout
from dashboard.services.lists import badges
from dashboard.web.glyphs import SHAPES
from tests.test_markup import PAGES

DRAWN = re.compile(r"<(?:path|circle)( [a-z-]+=\"[\w .,-]+\")+/>")


def drawn_by_templates() -> Iterator[str]:
    for file in PAGES:
        text = file.read_text("utf-8")
        for call in re.findall(r"(?<!macro )\bglyph\(([^)]*)\)", text):
            yield from re.findall(r'(?<![=!]= )"([a-z-]+)"', call)
        yield from re.findall(r'shapes\["([a-z-]+)"\]', text)
        yield from re.findall(r'\bempty\([^)]*?,\s*"([a-z-]+)"\s*\)', text)


def named_by_services() -> Iterator[str]:
    for status in [*Outcome.KNOWN, "brand new"]:
        yield badges.outcome(status).glyph
    for health in badges._HEALTHS:
        yield badges.health(health).glyph
    for trigger in ("schedule", "manual", "retry", "webhook"):
        yield badges.trigger_glyph(trigger)
    for _, _, glyph in layout._PAGES:
        yield glyph


def test_every_glyph_that_a_service_names_is_has_a_shape() -> None:
    assert set(named_by_services()) - set(SHAPES) == set()


def test_every_glyph_that_a_template_draws_is_has_a_shape() -> None:
    drawn = set(drawn_by_templates())
    assert len(drawn) > 10
    assert drawn - set(SHAPES) == set()


def test_a_shape_is_made_of_paths_and_circles_alone() -> None:
    assert {name for name, shape in SHAPES.items() if DRAWN.sub("", shape)} == set()
