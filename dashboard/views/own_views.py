"""The saved views of whoever asks, read once for a request."""

from __future__ import annotations

from django.http import HttpRequest

from dashboard.access import reader
from dashboard.services import saved_views


def person_id(request: HttpRequest) -> int | None:
    """The key of the person who asks; None where nobody has signed in."""
    return request.user.pk if request.user.is_authenticated else None


def views_of(request: HttpRequest) -> saved_views.Views:
    """The views that whoever asks sees, in order."""
    kept: saved_views.Views | None = getattr(request, "saved_views", None)
    if kept is None:
        kept = saved_views.visible(person_id(request))
        request.saved_views = kept  # type: ignore[attr-defined] # once for a request
    return kept


def links_of(request: HttpRequest, page: str) -> saved_views.SavedLinks:
    """What the frame of a page shows of them."""
    return saved_views.links(views_of(request), page, reader.chosen_by(request).start)
