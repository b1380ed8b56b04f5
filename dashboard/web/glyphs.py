"""The shapes of glyphs, which templates write out wherever one is drawn.

A shape that is used from elsewhere in a page (`<use>`) has a tree of its own in the browser each time, and
takes it twice as long.
"""

from __future__ import annotations

import re

from django.conf import settings

from dashboard.web.templates import written

_FILE = settings.BASE_DIR / "templates" / "components" / "glyphs.svg"
_SYMBOL = re.compile(r'<symbol id="([^"]+)" viewBox="0 0 16 16">(.*?)</symbol>', re.DOTALL)

SHAPES = {
    name: written(" ".join(shape.split()).replace("> <", "><"))
    for name, shape in _SYMBOL.findall(_FILE.read_text("utf-8"))
}
