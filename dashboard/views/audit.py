"""The audit trail, for administrators."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.access import audit
from dashboard.domain.states import Deed
from dashboard.domain.text import clean
from dashboard.views.page import page
from dashboard.views.permissions import only_administrators
from dashboard.views.snapshot import snapshot_of

_KEY = re.compile(r"[0-9]{1,18}")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What was done, the newest first, of a person and of a kind where that is asked."""
    only_administrators(request, "read the audit trail")
    who, kind = clean(request.GET.get("who", "")).strip(), request.GET.get("kind", "")
    before = request.GET.get("before", "")
    unusable = kind if kind and kind not in Deed.ALL else ""
    asked = {"who": who, "kind": "" if unusable else kind}
    shown = audit.page(**asked, before=int(before) if _KEY.fullmatch(before) else None)
    context = {
        "entries": shown.entries,
        "asked": asked,
        "unusable": unusable,
        "kinds": Deed.ALL,
        "newest": _address(asked) if before else "",
        "older": _address(asked | {"before": str(shown.older)}) if shown.older is not None else "",
    }
    return page(request, "people/audit.html", "audit", "Audit trail", snapshot_of(request), **context)


def _address(asked: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return reverse("audit") + (f"?{query}" if query else "")
