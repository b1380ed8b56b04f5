"""What is made of texts. Pure functions."""

from __future__ import annotations


def first_line(text: str) -> str:
    """The first line that says something; empty if none does."""
    line, *_ = text.strip().splitlines() or [""]
    return line
