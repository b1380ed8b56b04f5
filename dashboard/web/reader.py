"""The settings of the reader who is answered, for whatever shows a time."""

from __future__ import annotations

from contextvars import ContextVar

from dashboard.domain.reader_settings import ReaderSettings

_NOTHING_CHOSEN = ReaderSettings()
_current: ContextVar[ReaderSettings] = ContextVar("reader_settings", default=_NOTHING_CHOSEN)


def use(chosen: ReaderSettings) -> None:
    """Show what follows in this request as its reader wants it."""
    _current.set(chosen)


def current() -> ReaderSettings:
    """What the reader of this request has chosen."""
    return _current.get()
