"""Tokens are kept out of every line of the log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from dashboard.domain.tokens import MASK
from dashboard.services.cloud.redaction import MaskingFilter

TOKEN = "pt-0123456789abcdef"


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger whose handler masks, and what it has written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(MaskingFilter())
    logger = logging.getLogger("tests.masking")
    logger.propagate, logger.level = False, logging.INFO
    logger.addHandler(handler)
    yield logger, written
    logger.removeHandler(handler)


def test_a_log_line_is_masked_in_its_message_and_its_arguments(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, written = log
    logger.info("asked with %s (%s)", TOKEN, {"authorization": f"Bearer {TOKEN}"})
    logger.info("100 % plain")
    assert written.getvalue() == f"asked with {MASK} ({{'authorization': 'Bearer {MASK}'}})\n100 % plain\n"


def test_a_traceback_in_the_log_is_masked_too(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        raise ValueError(f"cannot send {TOKEN}")
    except ValueError:
        logger.exception("it broke")
    assert "ValueError" in written.getvalue()
    assert TOKEN not in written.getvalue()


@pytest.mark.parametrize(
    ("line", "written_as"),
    [
        (f"Not Found: /l/{'Aa0_-' * 8}xyz/calendar.ics", "Not Found: /l/…/calendar.ics"),
        (
            "Internal Server Error: /first-sign-in/ImZpcnN0Ig:1w:Abc-_9/",
            "Internal Server Error: /first-sign-in/…/",
        ),
        (
            "Not Found: /l/x/ and /runs/drun_00000000000000000000/",
            "Not Found: /l/x/ and /runs/drun_00000000000000000000/",
        ),
    ],
)
def test_an_address_that_lets_somebody_in_is_masked(
    log: tuple[logging.Logger, io.StringIO], line: str, written_as: str
) -> None:
    logger, written = log
    logger.warning("%s", line)
    assert written.getvalue() == f"{written_as}\n"


def test_a_log_line_that_cannot_be_put_together_does_not_break_its_caller(
    log: tuple[logging.Logger, io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    log[0].info("%d", "not a number")
