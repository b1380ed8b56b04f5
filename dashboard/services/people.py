"""The people who may look: the first one, who is let in by a link that the server prints."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core import signing
from django.db import connections, transaction

_SALT = "first-sign-in"
LINK_LASTS = 3600  # seconds


def first_link_token() -> str:
    """A token that lets the first person in; empty once there is anyone."""
    return "" if User.objects.exists() else signing.dumps("first", salt=_SALT)


def leave_no_connection() -> None:
    """Close what was opened before the server forks: two processes must not share a connection."""
    connections.close_all()


def is_first_link(token: str) -> bool:
    """Whether a token still lets the first person in: it is ours, young, and nobody is there yet."""
    try:
        signing.loads(token, salt=_SALT, max_age=LINK_LASTS)
    except signing.BadSignature:
        return False
    return not User.objects.exists()


def create_first(username: str, password: str) -> User | None:
    """The first person, who may do everything; None when somebody else was faster."""
    with transaction.atomic():
        if User.objects.select_for_update().exists():
            return None
        return User.objects.create_superuser(username=username, password=password)
