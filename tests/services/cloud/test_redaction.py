"""Tokens are kept out of every line of the log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from dashboard.domain.tokens import MASK
from dashboard.services.cloud.redaction import LogFilter

TOKEN = "pt-0123456789abcdef"


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger whose handler masks, and what it has written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(LogFilter())
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


@pytest.mark.parametrize(
    ("name", "written_as"),
    [
        ("ana\n2026-06-16 09:42:00,000 INFO axes: forged", "ana\\n2026-06-16 09:42:00,000 INFO axes: forged"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("\u2028\u202egnp.exe", "\\u2028\\u202egnp.exe"),
        ("a\tb\rc\x00", "a\\tb\\rc\\x00"),
        ("Zoë 🙂", "Zoë 🙂"),
        ("x" * 5_000, "x" * (2_000 - len("wrong password for ") - 1) + "…"),
    ],
)
def test_no_text_from_outside_forges_a_line_steers_a_terminal_or_floods_the_log(
    log: tuple[logging.Logger, io.StringIO], name: str, written_as: str
) -> None:
    logger, written = log
    logger.warning("wrong password for %s", name)
    assert written.getvalue() == f"wrong password for {written_as}\n"


def test_no_line_of_a_traceback_passes_for_a_line_of_the_log(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        raise ValueError("\x1b[31m\n2026-06-16 09:42:00,000 INFO axes: forged")
    except ValueError:
        logger.exception("it broke", stack_info=True)
    first, *rest, _ = written.getvalue().split("\n")
    assert first == "it broke"
    assert rest
    assert all(line.startswith("    ") for line in rest)
    assert "\x1b" not in written.getvalue()


def test_half_a_token_at_the_end_of_a_long_line_is_masked_with_the_rest(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, written = log
    logger.warning("%s %s", "x" * 1_990, TOKEN)
    assert TOKEN[:8] not in written.getvalue()


def test_a_log_line_that_cannot_be_put_together_does_not_break_its_caller(
    log: tuple[logging.Logger, io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    log[0].info("%d", "not a number")
