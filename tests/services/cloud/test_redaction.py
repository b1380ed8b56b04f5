"""Tokens are kept out of every text."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.services.cloud.redaction import MASK, MaskingFilter, mask_tokens

TOKEN = "pt-0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TOKEN, MASK),
        (f"Bearer {TOKEN}", f"Bearer {MASK}"),
        (f"?token={TOKEN}&x=1", f"?token={MASK}&x=1"),
        (f'{{"token":"{TOKEN}"}}', f'{{"token":"{MASK}"}}'),
        (f"{TOKEN} and {TOKEN}", f"{MASK} and {MASK}"),
        (f"line\n{TOKEN}\nline", f"line\n{MASK}\nline"),
        ("pt-live_9.abc-DEF", MASK),
    ],
)
def test_whatever_looks_like_a_token_is_masked(text: str, expected: str) -> None:
    assert mask_tokens(text) == expected


@pytest.mark.parametrize(
    "text", ["pt-translations", "script-pt-12345678", "pt-1234567", "excerpt-12345678", ""]
)
def test_what_only_resembles_a_token_stays(text: str) -> None:
    assert mask_tokens(text) == text


def test_a_known_token_is_masked_whatever_it_looks_like() -> None:
    assert mask_tokens("before eyJhbGciOi.x after", "eyJhbGciOi.x") == f"before {MASK} after"


def test_an_empty_token_masks_nothing() -> None:
    assert mask_tokens("as it was", "", "") == "as it was"


@given(st.text(), st.text(), st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=9))
def test_a_token_never_survives_between_any_texts(before: str, after: str, random: str) -> None:
    token = f"pt-{random}7"
    assert token not in mask_tokens(before + token + after, token)
    assert token not in mask_tokens(f"{before} {token} {after}")


@given(st.text("pt-0123456789 .abc"))
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask_tokens(mask_tokens(text)) == mask_tokens(text)


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
