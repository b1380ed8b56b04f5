"""How long the pages of one link may take, so that its readers stop nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from dashboard.access import link_pace, pace
from dashboard.access.link_pace import AT_ONCE
from dashboard.models import Link

LINK, OTHER = Link(pk=1), Link(pk=2)


class Clock:
    """A clock that the work of a test moves on."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    for module in (pace, link_pace):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=stopped.monotonic))
    return stopped


def work(clock: Clock, seconds: float) -> HttpResponse:
    clock.seconds += seconds
    return HttpResponse()


def test_a_link_has_a_quarter_of_the_time_beyond_what_it_has_at_once(clock: Clock) -> None:
    for _ in range(4):
        assert link_pace.wait(LINK) == 0
        link_pace.counted(LINK, lambda: work(clock, 4.0))
    assert link_pace.wait(OTHER) == 0
    assert link_pace.wait(LINK) == 12  # of 16 seconds 3 have drained, and 10 may stay
    clock.seconds += 12
    assert link_pace.wait(LINK) == 0


def test_what_is_made_while_it_is_sent_counts_too(clock: Clock) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(4):
            clock.seconds += AT_ONCE / 2
            yield b"x"

    response = link_pace.counted(LINK, lambda: StreamingHttpResponse(parts()))
    assert link_pace.wait(LINK) == 0
    assert isinstance(response, StreamingHttpResponse)
    assert response.getvalue() == b"xxxx"
    assert link_pace.wait(LINK) > 0


def test_work_that_fails_counts_too(clock: Clock) -> None:
    def fail() -> HttpResponseBase:
        clock.seconds += 2 * AT_ONCE
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        link_pace.counted(LINK, fail)
    assert link_pace.wait(LINK) > 0
