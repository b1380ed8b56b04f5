"""Markup that is made once of what it shows, and kept: most rows of a page come back as they were.

What a macro writes must depend on nothing but what it is given, the reader's zone and settings. Ages do
depend on the page's instant: a kept macro gives `later` in its place, and they are put in afterwards.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone

from dashboard.domain.reader_settings import ReaderSettings
from dashboard.domain.sized_cache import kept_up_to
from dashboard.web import formatting, reader
from dashboard.web.templates import written

LATER = None  # in place of the page's instant
_MOST = 12_000_000  # bytes: a wall of a thousand tiles and two hundred charts, or two thousand rows
_GIVEN = 4_000  # bytes of what a piece was given, beside as much as it wrote; strips are shared by several
# No text of a record can look like one: it is escaped.
_AGE = re.compile(r"<!--age:([^>]+)-->")


def kept(now: datetime, macro: Callable[..., str], *given: Any) -> str:
    """What that macro writes of what it is given, as of an instant; `given` must be hashable."""
    made = _made(macro, given, timezone.get_current_timezone_name(), reader.current())
    return written(_AGE.sub(lambda age: _aged(datetime.fromisoformat(age[1]), now), made))


def aged(at: datetime, now: datetime | None) -> str:
    """The end of a `time` element: how far it is from now, and the seconds from a past instant to that."""
    return written(_aged(at, now) if now else f"<!--age:{at.isoformat()}-->")


def _size(made: str, *_: object) -> int:
    return 2 * sys.getsizeof(made) + _GIVEN


@kept_up_to(_MOST, _size)
def _made(macro: Callable[..., str], given: tuple[Any, ...], zone: str, chosen: ReaderSettings) -> str:
    return macro(*given)


def _aged(at: datetime, now: datetime) -> str:
    past = f' data-ago="{round((now - at).total_seconds())}"' if at <= now else ""
    return f"{past}>{formatting.distance(at, now)}"
