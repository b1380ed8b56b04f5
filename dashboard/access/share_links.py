"""Read-only links: made by a signed-in person, opened by whoever holds the token, revoked at once.

The token has 256 bits and is shown once; what is kept is its SHA-256. A lookup by that hash compares
nothing of the token itself, so how long it takes reveals nothing of it.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.db.models import F, Q

from dashboard.access import audit
from dashboard.access.audit import Actor
from dashboard.domain.states import Deed
from dashboard.models import Link

NOTED_EVERY = timedelta(minutes=1)  # a wall asks every few seconds: its last use is written once a minute


def make(
    name: str,
    kind: str,
    query: str,
    *,
    made_by: str,
    now: datetime,
    lasts: timedelta | None,
    address: str = "",
) -> tuple[Link, str]:
    """A new link to what there is now, and its token, which is nowhere else.

    lasts: None for one that never runs out
    address: where it is made from
    """
    token = secrets.token_urlsafe(32)
    link = Link.objects.create(
        name=name,
        kind=kind,
        query=query,
        token_hash=_hash(token),
        accounts=_account_names(),
        made_by=made_by,
        made_at=now,
        expires_at=now + lasts if lasts else None,
    )
    audit.record(Deed.LINK_MADE, Actor(made_by, address), name)
    return link, token


def working(token: str, now: datetime) -> Link | None:
    """The link of a token; None when there is none, or it was revoked, or has run out."""
    return Link.objects.working(now).filter(token_hash=_hash(token)).first()


def address_of(link: Link) -> str:
    """What a link opens: its query, of the accounts that there were when it was made.

    Empty where none of them is left.
    """
    if set(_account_names()) <= set(link.accounts) or ("account" in parse_qs(urlsplit(link.query).query)):
        return link.query
    kept = [("account", name) for name in _account_names() if name in link.accounts]
    if not kept:
        return ""
    return f"{link.query}{'&' if '?' in link.query else '?'}{urlencode(kept)}"


def note_use(link: Link, now: datetime, address: str) -> None:
    """Keep when a link was last used and from where, once a minute; in the audit trail once an hour."""
    due, last = now - NOTED_EVERY, link.last_used_at
    if last is not None and last > due:
        return
    unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lte=due)
    noted = Link.objects.filter(unnoted, pk=link.pk).update(last_used_at=now, last_used_from=address)
    if noted and (last is None or _hour(last) != _hour(now)):
        audit.record(Deed.LINK_OPENED, Actor("", address), link.name)


def may_revoke(link: Link, username: str, *, administrator: bool) -> bool:
    """Whether that person may end a link: whoever made it, and administrators."""
    return administrator or link.made_by == username


def revoke(link: Link, now: datetime, by: Actor) -> None:
    """End a link for good; one that was ended before keeps its time."""
    if Link.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=now):
        audit.record(Deed.LINK_REVOKED, by, link.name)


def take_over(link: Link, by: Actor) -> None:
    """Let that person answer for a link whose owner is gone; any other stays with its owner."""
    if Link.objects.ownerless().filter(pk=link.pk).update(made_by=by.name):
        audit.record(Deed.LINK_TAKEN_OVER, by, link.name)


def get(pk: int) -> Link | None:
    """The link of that key."""
    return Link.objects.filter(pk=pk).first()


def all_links() -> list[Link]:
    """Every link there ever was: those that were not revoked first, then the newest first."""
    return list(Link.objects.with_owner().order_by(F("revoked_at").asc(nulls_first=True), "-made_at", "-pk"))


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // 3600


def _account_names() -> list[str]:
    return [account.name for account in settings.ACCOUNTS]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
