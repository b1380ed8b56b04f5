"""Read-only links: made by a signed-in person, opened by whoever holds the token, revoked at once.

The token has 256 bits and is shown once; what is kept is its SHA-256. A lookup by that hash compares
nothing of the token itself, so how long it takes reveals nothing of it.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import F, Q

from dashboard.models import Link

NOTED_EVERY = timedelta(minutes=1)  # a wall asks every few seconds: its last use is written once a minute


def make(
    name: str, kind: str, query: str, *, made_by: str, now: datetime, lasts: timedelta | None
) -> tuple[Link, str]:
    """A new link and its token, which is nowhere else; `lasts` is None for one that never runs out."""
    token = secrets.token_urlsafe(32)
    link = Link.objects.create(
        name=name,
        kind=kind,
        query=query,
        token_hash=_hash(token),
        made_by=made_by,
        made_at=now,
        expires_at=now + lasts if lasts else None,
    )
    return link, token


def working(token: str, now: datetime) -> Link | None:
    """The link of a token; None when there is none, or it was revoked, or has run out."""
    return Link.objects.working(now).filter(token_hash=_hash(token)).first()


def note_use(link: Link, now: datetime, address: str) -> None:
    """Keep when a link was last used and from where, at most once a minute."""
    due = now - NOTED_EVERY
    if link.last_used_at is None or link.last_used_at <= due:
        unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lte=due)
        Link.objects.filter(unnoted, pk=link.pk).update(last_used_at=now, last_used_from=address)


def revoke(pk: int, now: datetime) -> None:
    """End a link for good; one that was ended before keeps its time."""
    Link.objects.filter(pk=pk, revoked_at__isnull=True).update(revoked_at=now)


def all_links() -> list[Link]:
    """Every link there ever was: those that were not revoked first, then the newest first."""
    return list(Link.objects.order_by(F("revoked_at").asc(nulls_first=True), "-made_at", "-pk"))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
