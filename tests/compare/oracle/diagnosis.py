"""What coincides with a failure: a version of the agent, how many failed lately, who else failed alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby, pairwise
from typing import NamedTuple

from dashboard.domain.states import Outcome
from tests.compare.oracle import failing
from tests.compare.oracle.reading import SeenRun
from tests.compare.oracle.standing import FEWEST, Standing
from tests.compare.oracle.view import Look
from tests.compare.worlds import DAY

LOOKED_AT, FINISHED = 200, 20


class Side(NamedTuple):
    """Runs on end with one version of the agent."""

    version: int | None
    since: datetime
    failed: int
    finished: int


def of_run(run: SeenRun, look: Look) -> tuple[str, datetime | None]:
    """The sentence about a run, and since when what it names; empty where nothing coincides."""
    if run.status != Outcome.FAILED:
        return "", None
    others = [row for row in look.runs if row.key == run.key] if run.key[1] else []
    return _sentence(run, others[:LOOKED_AT], look, "this one")


def of_deployment(standing: Standing, look: Look) -> tuple[str, datetime | None]:
    """The same about the newest failure of a deployment that fails now."""
    if not standing.failures or not standing.last_failure:
        return "", None
    return _sentence(standing.last_failure, standing.runs[:LOOKED_AT], look, "the last failure")


def _sentence(run: SeenRun, latest: Sequence[SeenRun], look: Look, here: str) -> tuple[str, datetime | None]:
    versions, at = _versions(run, latest)
    others = _others(run, look)
    shared = f"{others} other deployment{' shares' if others == 1 else 's share'} the error" if others else ""
    text = "; ".join(filter(None, (versions or _share(run, latest, here), shared)))
    return f"{text}." if text else "", at


def _failed(run: SeenRun) -> bool | None:
    """Whether it failed; None where it is not known how it ended."""
    known = run.status in (Outcome.COMPLETED, Outcome.FAILED) and not run.unreported
    return run.status == Outcome.FAILED if known else None


def _versions(run: SeenRun, latest: Sequence[SeenRun]) -> tuple[str, datetime | None]:
    with_version = [row for row in reversed(latest) if row.agent[1] is not None]
    sides = []
    for (_, version), rows in groupby(with_version, key=lambda row: row.agent):
        of_side = list(rows)
        ends = [failed for row in of_side if (failed := _failed(row)) is not None]
        sides.append(Side(version, of_side[0].at, sum(ends), len(ends)))
    begun = [(before, after) for before, after in pairwise(sides) if after.since <= run.at]
    if not begun:
        return "", None
    before, after = begun[-1]
    if min(before.finished, after.finished) < FEWEST:
        return "", None
    if 2 * after.failed <= after.finished or 2 * before.failed >= before.finished:
        return "", None
    since, later = ("since", "since") if after == sides[-1] else ("with", "with it")
    return (
        f"Failing {since} agent version {after.version}: {after.failed} of {after.finished} failed {later}, "
        f"{before.failed} of {before.finished} before"
    ), after.since


def _share(run: SeenRun, latest: Sequence[SeenRun], here: str) -> str:
    ends = [failed for row in latest if row.at <= run.at and (failed := _failed(row)) is not None][:FINISHED]
    if len(ends) < FEWEST:
        return ""
    return f"{sum(ends)} of {len(ends)} finished runs up to {here} failed"


def _others(run: SeenRun, look: Look) -> int:
    if not run.has_error:
        return 0
    near = [row for row in look.runs if run.at - DAY <= row.at < run.at + DAY and row.key[1]]
    alike = failing.alike(near).get(failing.kind_of(run), [])
    return len({row.key for row in alike} - {run.key})
