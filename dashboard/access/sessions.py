"""Sessions whose keys are in the browser alone: the database keeps a hash of each, and whose it is.

A session ends when it was not used for `SESSION_IDLE`, when it is older than `SESSION_LIFETIME`, and when
this site begins to sign people in another way. What an open page asks for itself is no use of it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends import db
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dashboard.models import Session
from dashboard.web.polls import polls

_log = logging.getLogger(__name__)
_ROW_KEY = 40  # hexadecimal digits, 160 bits: as long as Django's column, as hard to guess as the key itself
_WAY, _BEGAN = "way", "began"  # how the person signed in, and when, in seconds
_NOTED_EVERY = 10  # a use is written when a tenth of the idle time has passed since the last one


class SessionStore(db.SessionStore):
    """Django's own, but whoever reads the database, or a backup of it, holds no key that signs anybody in."""

    noted_until: datetime | None = None  # what the row says of its end

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Rows that know whose they are."""
        return Session

    def exists(self, session_key: str) -> bool:
        """Whether a session has that key."""
        return super().exists(_row_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row of this session as it is now."""
        row = super().create_model_instance(data)
        return Session(
            session_key=_row_key(row.session_key),
            session_data=row.session_data,
            expire_date=self.ends_at(data),
            user_id=data.get(SESSION_KEY),
        )

    def delete(self, session_key: str | None = None) -> None:
        """End the session of that key, or this one."""
        key = session_key or self.session_key
        if key:
            super().delete(_row_key(key))

    def load(self) -> dict[str, Any]:
        """What is in it; nothing where somebody signed in another way than people do now."""
        data = super().load()
        if SESSION_KEY in data and data.get(_WAY) != _way():
            self._session_key = None
            return {}
        return data

    def ends_at(self, data: dict[str, Any]) -> datetime:
        """When it ends if it is not used any more."""
        idle = timezone.now() + settings.SESSION_IDLE
        began = data.get(_BEGAN)
        return min(_instant(began) + settings.SESSION_LIFETIME, idle) if began else idle

    def note_use(self) -> None:
        """Let it last: it is in use."""
        ends_at = self.ends_at(self._session)  # type: ignore[attr-defined] # what was loaded, by Django's cache
        if self.noted_until and ends_at - self.noted_until > settings.SESSION_IDLE / _NOTED_EVERY:
            row = Session.objects.filter(session_key=_row_key(self.session_key or ""))
            try:
                row.update(expire_date=ends_at)
            except DatabaseError as error:  # the page is worth more, and the next one notes it
                _log.warning("the use of a session was not noted: %s", type(error).__name__)

    def _get_session_from_db(self) -> Session | None:
        key, now = _row_key(self.session_key or ""), timezone.now()
        row = Session.objects.filter(session_key=key, expire_date__gt=now).first()
        if row is None:
            self._session_key = None
        self.noted_until = row.expire_date if row else None
        return row


class SessionUseMiddleware:
    """Lets the session of whoever uses the site last."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; what an open page asks for itself is no use."""
        response = self.get_response(request)
        session = request.session
        if isinstance(session, SessionStore) and session.noted_until and not polls(request):
            session.note_use()
        return response


def end_all(user_id: int, but: str = "") -> int:
    """End every session of a person; how many there were.

    but: the key of one that stays
    """
    return Session.objects.filter(user_id=user_id).exclude(session_key=_row_key(but)).delete()[0]


def prune(now: datetime) -> None:
    """Forget those that have ended."""
    Session.objects.filter(expire_date__lte=now).delete()


def _begin(request: HttpRequest, **_signal: Any) -> None:
    request.session[_WAY] = _way()
    request.session[_BEGAN] = int(timezone.now().timestamp())
    prune(timezone.now())


def _way() -> str:
    """How people sign in, and where."""
    return f"oidc {settings.OIDC_ISSUER}" if settings.DASHBOARD_AUTH == "oidc" else settings.DASHBOARD_AUTH


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.get_current_timezone())


def _row_key(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()[:_ROW_KEY]


user_logged_in.connect(_begin)
