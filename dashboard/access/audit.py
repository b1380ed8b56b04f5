"""The audit trail: who did what, when and from where, as a row and as a line of the log.

What strangers type is cut and made one line, and whatever looks like a token is masked. No password and no
token is ever given to this module.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest
from django.utils import timezone

from dashboard.access import client_ip
from dashboard.domain.states import Deed
from dashboard.domain.text import clean, escaped, shortened
from dashboard.domain.tokens import mask_tokens
from dashboard.models import AuditEntry

COMMAND = "manage.py"  # who did what was done at a terminal of this machine
PAGE_SIZE = 50  # entries
_LONGEST_TYPED, _LONGEST_WHO, _LONGEST_WHAT, _LONGEST_ADDRESS = 60, 150, 200, 45  # characters
_PRUNED_EVERY, _PRUNED_AT_ONCE = 50, 500  # entries written, entries deleted
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Actor:
    """Who does something, and the address that it comes from."""

    name: str
    address: str = ""


@dataclass(frozen=True)
class AuditPage:
    """Some entries, the newest first.

    older: the key that the next ones are before; None where there are none
    """

    entries: list[AuditEntry]
    older: int | None


def actor(request: HttpRequest) -> Actor:
    """Whoever asks."""
    return Actor(request.user.get_username(), client_ip.address(request))


def record(kind: str, by: Actor, what: str = "") -> None:
    """Keep that somebody did something.

    kind: one of `Deed`
    what: whom or what it was done to, as names
    """
    entry = AuditEntry(
        at=timezone.now(),
        kind=kind,
        who=_fit(by.name, _LONGEST_WHO),
        what=_fit(what, _LONGEST_WHAT),
        address=_fit(by.address, _LONGEST_ADDRESS),
    )
    entry.save()
    _log.info(
        "%s%s by %r from %s",
        kind,
        f" ({entry.what})" if entry.what else "",
        entry.who,
        entry.address or "here",
    )
    if entry.pk % _PRUNED_EVERY == 0:
        AuditEntry.objects.prune(_keep_from(), _PRUNED_AT_ONCE)


def count(kind: str, by: Actor, since: datetime) -> int:
    """How often somebody did something since an instant."""
    return AuditEntry.objects.filter(at__gt=since).of(_fit(by.name, _LONGEST_WHO), kind).count()


def page(who: str, kind: str, before: int | None) -> AuditPage:
    """A page of the trail.

    who, kind: of whom and of which kind alone; empty for all
    before: the key of the entry above the page; None for the newest
    """
    kept = AuditEntry.objects.filter(at__gte=_keep_from()).of(_fit(who, _LONGEST_WHO), kind)
    entries = list(kept.before(before)[: PAGE_SIZE + 1])
    shown = entries[:PAGE_SIZE]
    return AuditPage(shown, shown[-1].pk if len(entries) > PAGE_SIZE else None)


def _keep_from() -> datetime:
    return timezone.now() - timedelta(days=settings.AUDIT_RETENTION_DAYS)


def _fit(text: str, longest: int) -> str:
    return shortened(mask_tokens(escaped(clean(text))), longest)


def _signed_in(request: HttpRequest, user: User, **_signal: Any) -> None:
    record(Deed.SIGNED_IN, Actor(user.get_username(), client_ip.address(request)))


def _refused(credentials: dict[str, Any], request: HttpRequest | None = None, **_signal: Any) -> None:
    """Of a sign-in with a password the name that was typed; single sign-on notes whom the provider named."""
    name = str(credentials.get("username") or getattr(request, "named_by_provider", ""))
    address = client_ip.address(request) if request else ""
    record(Deed.REFUSED, Actor(shortened(name, _LONGEST_TYPED), address))


def _signed_out(request: HttpRequest, user: User | None, **_signal: Any) -> None:
    if user is not None and user.is_authenticated:
        record(Deed.SIGNED_OUT, Actor(user.get_username(), client_ip.address(request)))


user_logged_in.connect(_signed_in)
user_login_failed.connect(_refused)
user_logged_out.connect(_signed_out)
