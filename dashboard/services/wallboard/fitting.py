"""What of a text a tile has room for: estimated from its letters, since a server cannot measure them.

Pure functions. A width is in parts of the type's size, as of the common sans-serif types in bold.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

_NARROW, _WIDE = frozenset("iIjlft.,:;'|!()[]- r"), frozenset("mwMW@%")
_WIDTHS = (0.33, 0.58, 0.88)  # of a narrow letter, of most, of a wide one
_FULL = 1.0  # of what is no Latin letter: a Chinese one fills a square
_ELLIPSIS = 0.8
_HEAD = 0.5  # of what is kept of a cut text, the part before the cut


@lru_cache(maxsize=10_000)  # a wall measures the same names and words each time it is asked for
def width(text: str) -> float:
    """About how wide a text is."""
    return sum(map(_letter, text))


@lru_cache(maxsize=10_000)
def cut_middle(text: str, room: float) -> str:
    """The text as far as there is room, without its middle: beginning and end tell most names apart."""
    if width(text) <= room:
        return text
    kept = len(text)
    while kept > 2 and width(_cut(text, kept)) > room:
        kept -= 1
    return _cut(text, kept)


def first_that_fits(texts: Sequence[str], room: float) -> str:
    """The first of these texts, longest first, that there is room for; else the last."""
    return next((text for text in texts if width(text) <= room), texts[-1])


def _cut(text: str, kept: int) -> str:
    head = int(kept * _HEAD) or 1
    return f"{text[:head]}…{text[len(text) - (kept - head) :]}"


def _letter(letter: str) -> float:
    if letter > "\u2fff":
        return _FULL
    if letter == "…":
        return _ELLIPSIS
    narrow, usual, wide = _WIDTHS
    return narrow if letter in _NARROW else wide if letter in _WIDE else usual
