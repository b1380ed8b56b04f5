"""Keeping tokens, and addresses that let somebody in, out of every line of the log."""

from __future__ import annotations

import logging
import re

from dashboard.domain.tokens import mask_tokens

# What lets somebody in by the address alone: a read-only link, the link of the first person.
_DOOR = re.compile(r"(/(?:l|first-sign-in)/)[\w:.-]{16,}")


def _without_doors(text: str) -> str:
    return _DOOR.sub(r"\1…", mask_tokens(text))


_FORMATTER = logging.Formatter()


class MaskingFilter(logging.Filter):
    """Masks tokens, and addresses that let somebody in, in every log line, whoever writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place, its traceback too; always let it through."""
        try:
            record.msg, record.args = _without_doors(record.getMessage()), None
        except (TypeError, ValueError):
            return True  # it cannot be put together: the handler says so, on stderr
        if record.exc_info and not record.exc_text:
            record.exc_text = _without_doors(_FORMATTER.formatException(record.exc_info))
        return True
