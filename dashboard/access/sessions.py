"""Sessions whose keys are in the browser alone: the database keeps a hash of each."""

from __future__ import annotations

import hashlib

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.utils import timezone

_ROW_KEY = 40  # hexadecimal digits, 160 bits: as long as Django's column, as hard to guess as the key itself


class SessionStore(db.SessionStore):
    """Django's own, but whoever reads the database, or a backup of it, holds no key that signs anybody in."""

    def exists(self, session_key: str) -> bool:
        """Whether a session has that key."""
        return super().exists(_row_key(session_key))

    def create_model_instance(self, data: dict[str, object]) -> AbstractBaseSession:
        """The row of this session as it is now."""
        row = super().create_model_instance(data)
        row.session_key = _row_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """End the session of that key, or this one."""
        key = session_key or self.session_key
        if key:
            super().delete(_row_key(key))

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        key, now = _row_key(self.session_key or ""), timezone.now()
        row: AbstractBaseSession | None = self.model.objects.filter(
            session_key=key, expire_date__gt=now
        ).first()
        if row is None:
            self._session_key = None
        return row


def _row_key(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()[:_ROW_KEY]
