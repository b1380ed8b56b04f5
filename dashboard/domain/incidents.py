"""Failures of different deployments so close together that they are one event. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# Firings spread over some minutes: schedules at the full hour are jittered and queued, and what one broken
# dependency fails soon after its start, it fails late after a timeout of five minutes.
TOGETHER = timedelta(minutes=10)


@dataclass(frozen=True)
class Failure:
    """When a deployment, known by its account and id, failed, and with which agent: its id and version."""

    at: datetime
    deployment: tuple[str, str]
    agent: tuple[str, int | None] = ("", None)


def told_as_one(failures: Sequence[Failure]) -> list[list[Failure]]:
    """The events among failures of one kind, which are given in the order of time; oldest first.

    To an event belongs what failed within minutes of another deployment. What one deployment keeps doing
    alone, before and after, does not make the event longer.
    """
    found: list[list[Failure]] = []
    for failure in _in_company(failures):
        if not found or failure.at - found[-1][-1].at > TOGETHER:
            found.append([])
        found[-1].append(failure)
    return found


def _in_company(failures: Sequence[Failure]) -> list[Failure]:
    """Those with a failure of another deployment within minutes, before or after."""
    before = _others_before(failures)
    after = _others_before(failures[::-1])[::-1]
    return [
        failure
        for failure, *others in zip(failures, before, after, strict=True)
        if any(other is not None and abs(failure.at - other.at) <= TOGETHER for other in others)
    ]


def _others_before(failures: Sequence[Failure]) -> list[Failure | None]:
    """For each the nearest one before it of another deployment."""
    found: list[Failure | None] = []
    last: Failure | None = None
    other: Failure | None = None
    for failure in failures:
        if last is not None and last.deployment != failure.deployment:
            other = last
        found.append(other)
        last = failure
    return found
