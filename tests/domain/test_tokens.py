"""Tokens are kept out of every message."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.tokens import MASK, SHORTEST, mask_tokens

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


@pytest.mark.parametrize("token", ["x", "p", "short-token"])
def test_a_text_too_short_for_a_token_masks_nothing(token: str) -> None:
    assert len(token) < SHORTEST
    text = "excerpt x of a short-token"
    assert mask_tokens(text, token) == text


@pytest.mark.parametrize("piece", ["pt-.", "pt-", "pt-a", "\\npt-x", "pt-1.", " pt-1234567"])
def test_a_long_text_is_masked_in_linear_time(piece: str) -> None:
    def elapsed(number: int) -> float:
        text = piece * number
        started = time.process_time()
        mask_tokens(text)
        return time.process_time() - started

    assert elapsed(500_000) < 5
    assert elapsed(500_000) < 50 * max(elapsed(50_000), 0.01)
