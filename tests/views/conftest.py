"""The clock of the pages' tests stands still, so that what a page says of time can be known in advance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.factories import NOW


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Now, for whoever asks."""
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel
