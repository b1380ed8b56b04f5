"""What the tests of the client share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.services.cloud import Cloud, Transport
from tests.services.cloud.support import unpaced
from tests.upstream import TOKEN, Upstream


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pacing has a test of its own."""
    unpaced(monkeypatch)


@pytest.fixture
def cloud(upstream: Upstream) -> Iterator[Cloud]:
    """A client of the stand-in API, over real HTTP."""
    result = Cloud(Transport(upstream.url, lambda: TOKEN))
    yield result
    result.close()
