"""Keeping tokens out of every text that reaches a log, a page or the database."""

from __future__ import annotations

import logging
import re

# A personal access token starts with `pt-`. A name such as "pt-translations" has no digit in it.
_TOKEN = re.compile(r"(?<![\w-])pt-(?=[\w.-]*\d)[\w.-]{8,}")
MASK = "pt-…"


def masked(text: str, *tokens: str) -> str:
    """The text with every known token, and whatever looks like one, replaced by `pt-…`."""
    for token in filter(None, tokens):
        text = text.replace(token, MASK)
    return _TOKEN.sub(MASK, text) if "pt-" in text else text


class MaskingFilter(logging.Filter):
    """Masks tokens in the message of every log line, whoever writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's message in place; always let it through."""
        record.msg, record.args = masked(record.getMessage()), None
        return True
