"""Who may do what: refused with a sentence that names it."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from dashboard.access import users


def sees_every_page(request: HttpRequest) -> bool:
    """Whether who asks may see all pages: not one who holds a link to some, or has not signed in."""
    user = getattr(request, "user", None)  # an answer may be given before it is known who asks
    return settings.DASHBOARD_AUTH == "none" or bool(user and user.is_authenticated)


def only_administrators(request: HttpRequest, act: str) -> None:
    """Refuse everybody else; act: what they alone can do, as what follows “can”."""
    if not users.is_administrator(request.user):
        raise PermissionDenied(f"Only administrators can {act}.")


def only_people(request: HttpRequest, act: str) -> None:
    """Refuse where nobody signs in, as nobody can answer for it then; act: what people alone can do."""
    if not request.user.is_authenticated:
        raise PermissionDenied(f"Only somebody who has signed in can {act}.")
