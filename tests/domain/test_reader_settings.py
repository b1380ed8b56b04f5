"""What a reader has chosen, as a short text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.domain.reader_settings import CHOICES, LONGEST, ReaderSettings

EVERYTHING = ReaderSettings(
    "America/Argentina/Ushuaia", "dark", "comfortable", times="clock", shortcuts="off"
)


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("", ReaderSettings()),
        ("theme=dark&zone=UTC", ReaderSettings(zone="UTC", theme="dark")),
        ("theme=loud&density=comfortable", ReaderSettings(density="comfortable")),
        ("zone=Mars%2FOlympus&times=clock", ReaderSettings(times="clock")),
        ("theme=light&theme=dark", ReaderSettings(theme="dark")),
        ("shortcuts=off" + "&x=" + "y" * 5_000, ReaderSettings(shortcuts="off")),
        ("\x00=%ff&;;", ReaderSettings()),
        (EVERYTHING.text, EVERYTHING),
    ],
)
def test_a_text_is_read_as_far_as_it_is_known(text: str, settings: ReaderSettings) -> None:
    assert ReaderSettings.parse(text) == settings


@given(st.builds(ReaderSettings, **{name: st.sampled_from([*words]) for name, words in CHOICES.items()}))
def test_settings_are_read_back_from_their_text(settings: ReaderSettings) -> None:
    assert ReaderSettings.parse(settings.text) == settings


def test_the_longest_settings_fit() -> None:
    assert len(EVERYTHING.text) <= LONGEST
