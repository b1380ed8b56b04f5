"""What is made of texts. Pure functions."""

from __future__ import annotations


def first_line(text: str) -> str:
    """The first line that says something; empty if none does."""
    line, *_ = text.strip().splitlines() or [""]
    return line


def shortened(text: str, longest: int) -> str:
    """The text, or its beginning and an ellipsis: at most so many characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
