"""What the tab tells: the worst state and its count, in words and by a shape of the icon."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from dashboard.services.layout_signal import signal


@pytest.mark.parametrize(
    ("healths", "feeds", "state", "words"),
    [
        ({}, [], "calm", ""),
        ({"ok": 9, "paused": 2, "never": 1, "archived": 4}, ["live"], "calm", ""),
        ({"failing": 3, "missed": 2}, ["live"], "failing", "(3!) "),
        ({"failing": 3}, ["live", "stale"], "failing", "(3!, stale) "),
        ({"missed": 2, "late": 5}, ["live"], "attention", "(2 missed) "),
        ({"paused-error": 1}, ["reading"], "attention", "(1 paused by error) "),
        ({"unknown": 1}, ["live"], "attention", "(1 not seen) "),
        ({"late": 1}, ["stale"], "stale", "(1 late, stale) "),
        ({"ok": 1}, ["stale", "live"], "stale", "(stale) "),
        ({}, ["never"], "calm", ""),
    ],
)
def test_the_worst_comes_first(healths: dict[str, int], feeds: list[str], state: str, words: str) -> None:
    found = signal(healths, feeds)
    assert (found.state, found.words) == (state, words)
    assert found.failing == healths.get("failing", 0)


def test_each_state_has_an_icon_of_its_own() -> None:
    folder = Path(settings.BASE_DIR) / "static"
    names = ("favicon", "favicon-failing", "favicon-attention", "favicon-stale")
    assert len({(folder / f"{name}.svg").read_text() for name in names}) == 4
