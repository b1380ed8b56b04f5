"""Who may do what: refused with a sentence that names it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from dashboard.access import users


def only_administrators(request: HttpRequest, act: str) -> None:
    """Refuse everybody else; act: what administrators alone do, as what follows their name."""
    if not users.is_administrator(request.user):
        raise PermissionDenied(f"Only an administrator {act}.")


def only_people(request: HttpRequest, act: str) -> None:
    """Refuse where nobody signs in, as nobody can answer for it then; act: what people alone do."""
    if not request.user.is_authenticated:
        raise PermissionDenied(f"Only a signed-in person {act}.")
