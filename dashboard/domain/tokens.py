"""Keeping tokens out of what is logged, or shown as a message. Data is never changed."""

from __future__ import annotations

import re

SHORTEST = 12  # characters; a shorter text is no token, and masking it would leave nothing legible
MASK = "pt-…"
# A personal access token starts with `pt-`. The run of its letters is read once, whatever is in it.
_CANDIDATE = re.compile(r"(?:(?<![\w-])|(?<=\\[nrtbf]))pt-[\w.-]{8,}")
_DIGIT = re.compile(r"\d")


def mask_tokens(text: str, *tokens: str) -> str:
    """The text with every known token, and whatever looks like one, replaced by `pt-…`."""
    for token in tokens:
        if len(token) >= SHORTEST:
            text = text.replace(token, MASK)
    return _CANDIDATE.sub(_masked, text) if "pt-" in text else text


def _masked(match: re.Match[str]) -> str:
    """The mask, or what was matched: a name such as "pt-translations" has no digit in it."""
    return MASK if _DIGIT.search(match[0]) else match[0]
