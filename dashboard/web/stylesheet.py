"""One stylesheet out of the component files: few requests for the browser, small files for us."""

from __future__ import annotations

import hashlib
from functools import cache

from django.conf import settings
from django.urls import reverse


@cache
def sheet() -> tuple[str, str]:
    """The whole stylesheet, in the order of `static/css/site.order`, and a name for this version."""
    folder = settings.BASE_DIR / "static" / "css"
    names = (folder / "site.order").read_text("utf-8").split()
    text = "\n".join((folder / name).read_text("utf-8") for name in names)
    return text, hashlib.sha256(text.encode()).hexdigest()[:12]


def url() -> str:
    """Where this version of the stylesheet is; another version has another address."""
    return reverse("stylesheet", args=[sheet()[1]])
