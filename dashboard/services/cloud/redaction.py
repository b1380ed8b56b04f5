"""What goes into the log, whoever writes it: no tokens, no address that lets somebody in, no forged line."""

from __future__ import annotations

import logging
import re

from dashboard.domain.text import escaped, shortened
from dashboard.domain.tokens import mask_tokens

# What lets somebody in by the address alone: a read-only link, the links that let somebody choose a password.
_DOOR = re.compile(r"(/(?:l|first-sign-in|set-password)/)[\w:.-]{16,}")
_LONGEST_LINE, _LONGEST_TRACEBACK = 2_000, 20_000  # characters
_INDENT = "    "  # no line of a traceback can pass for a line of the log
_FORMATTER = logging.Formatter()


class LogFilter(logging.Filter):
    """Makes every record safe to print: masked, one line, short; of a traceback each line is indented."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; always let it through."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            return True  # it cannot be put together: the handler says so, on stderr
        record.msg, record.args = escaped(_masked(message, _LONGEST_LINE)), None
        if record.exc_info and not record.exc_text:
            record.exc_text = _indented(_FORMATTER.formatException(record.exc_info))
        if record.stack_info:
            record.stack_info = _indented(record.stack_info)
        return True


def _masked(text: str, longest: int) -> str:
    """Masked before it is cut: half a token would be none to the mask."""
    return shortened(_DOOR.sub(r"\1…", mask_tokens(text)), longest)


def _indented(lines: str) -> str:
    return "\n".join(_INDENT + escaped(line) for line in _masked(lines, _LONGEST_TRACEBACK).split("\n"))
