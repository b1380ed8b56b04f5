"""What the durations of a deployment's runs say: how slow one was, how near the limit the usual is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from dashboard.domain.baselines import is_near_limit
from dashboard.domain.states import Health
from dashboard.models import Deployment
from dashboard.services.runs import duration
from dashboard.services.runs.duration import Measure
from dashboard.web import formatting

Words = Callable[[timedelta], str]  # a length of time in words


def measure_of(deployment: Deployment) -> Measure:
    """What the runs of a deployment are held against."""
    return Measure.of(deployment.usual_ms, deployment.usual_of, deployment.timeout_ms)


def slow_text(deployment: Deployment, now: datetime, *, rough: bool) -> str:
    """How long what is slow has taken, and against what; empty where that is not known.

    It is not blamed on another run that has just begun. rough: in one unit, where room is scarce
    """
    words, ages = _words(rough=rough)
    measure, began = measure_of(deployment), deployment.running_since
    goes_on = began and deployment.slow_at != deployment.last_success_at
    elapsed = now - began if began and goes_on else timedelta(milliseconds=deployment.last_ms or 0)
    so_far = f"{ages(elapsed)} so far" if goes_on else words(elapsed)
    if measure.limit and elapsed >= measure.limit:
        return f"{so_far}, {duration.excess(elapsed, measure)}"
    if not measure.usual:
        return ""
    return f"{so_far}, {f'usual {words(measure.usual)}' if rough else measure.usual_text}"


def near_limit_text(deployment: Deployment) -> str:
    """That its runs usually take nearly as long as they may, or longer; empty where they do not."""
    measure = measure_of(deployment)
    near = is_near_limit(measure.usual, measure.usual_of, measure.limit)
    if not (near and measure.usual and measure.limit) or deployment.health == Health.ARCHIVED:
        return ""
    where = "near" if measure.usual < measure.limit else "not below"
    return f"{measure.usual_text}, {where} its limit {formatting.duration(measure.limit)}"


def _words(*, rough: bool) -> tuple[Words, Words]:
    """How lengths and ages are written."""
    return (formatting.rough_age, formatting.rough_age) if rough else (formatting.duration, formatting.age)
