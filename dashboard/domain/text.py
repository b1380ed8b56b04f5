"""Texts made fit for a line, a database or a width. Pure functions."""

from __future__ import annotations

import unicodedata


def first_line(text: str) -> str:
    """The first line that is not blank; empty where there is none."""
    line, *_ = text.strip().splitlines() or [""]
    return line


def telling_line(message: str) -> str:
    """The line of an error that says what went wrong: the first one, of a Python traceback its exception."""
    lines = message.strip().splitlines() or [""]
    if lines[0].startswith("Traceback (most recent call last)"):
        return next((line for line in lines[1:] if line[:1].strip()), lines[0])
    return lines[0]


def clean(text: str) -> str:
    """The text without half characters and NULs, which no database takes."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def shortened(text: str, longest: int) -> str:
    """The text, or its beginning and an ellipsis: at most so many characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def sentence(reason: str) -> str:
    """A reason, as errors give it, with a capital and a full stop."""
    return f"{reason[:1].upper()}{reason[1:]}."


def one_line(text: str) -> str:
    """The text fit for a line of a log: what is not printable escaped, and at most 300 characters."""
    return escaped(shortened(text, 300))


def escaped(text: str) -> str:
    """The text in one line: what is not printable is written as Python writes it."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def without_controls(text: str, kept: str = "\t\r\n") -> str:
    """The text without control characters but for these: few programs read a file with others."""
    return "".join(
        character for character in text if character in kept or unicodedata.category(character) != "Cc"
    )
