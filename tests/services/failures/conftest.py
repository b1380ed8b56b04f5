"""What the tests of failures share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.factories import NOW


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """What is relative is counted from the factories' own now."""
    with time_machine.travel(NOW, tick=False):
        yield
