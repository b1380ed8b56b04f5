"""Unfinished runs that the newest page no longer reaches: read again until they have finished.

The API cannot be asked for one run by its id here, but for the page after its newer neighbour, and
for all runs of one status. The second shows in one request that nothing has changed, however many
there are; whoever is missing from it has changed, and is looked up by the first.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection

from django.utils import timezone

from dashboard.domain.states import Outcome
from dashboard.models import Run
from dashboard.services import cloud
from dashboard.services.sync import store
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.run_history import FULL

_NEAR = 20  # records around a run's place, for those of the same instant
_NEIGHBOURS = 3  # tried before a run is left for the next cycle
_LOOK_UPS = 20  # in one cycle, where the API cannot list by status; chance gives each its turn


def reread(reader: SyncContext, seen: Collection[str], lists: int) -> None:
    """Bring every unfinished run up to date but those just seen.

    lists: how many lists of one status may be asked for
    No request when there is no such run, one for each status when none of them has changed.
    """
    by_status: dict[str, list[Run]] = defaultdict(list)
    for run in Run.objects.open(reader.account).order_by("-at"):
        if run.run_id not in seen:
            by_status[run.status].append(run)
    malformed = reader.malformed
    for _, runs in zip(range(lists), sorted(by_status.items(), reverse=True), strict=False):
        _reread(reader, *runs)
    reader.malformed = malformed  # what cannot be read here is counted by the walks and the audit


def _reread(reader: SyncContext, status: str, runs: list[Run]) -> None:
    listed = _listed(reader, status) if len(runs) > 1 or not runs[0].dated else {}
    _store(reader, [listed[run.run_id] for run in runs if run.run_id in listed])
    missing = [run for run in runs if run.run_id not in listed]
    for run in random.sample(missing, min(len(missing), _LOOK_UPS)):
        _look_up(reader, run)


def _listed(reader: SyncContext, status: str) -> dict[str, cloud.RunRecord]:
    """All runs of that status by id; nothing where the API does not heed the filter."""
    by_id: dict[str, cloud.RunRecord] = {}
    try:
        for page in reader.pages(reader.api.deployment_runs(limit=FULL, status=status)):
            if any(record.status != status for record in page.records):
                return {}
            by_id |= {record.id: record for record in page.records}
    except cloud.Refused:
        return {}
    return by_id


def _look_up(reader: SyncContext, run: Run) -> None:
    """Read the page where that run has its place; mark it gone if two answers agree that it is not there."""
    for after_id in _newer(reader, run) or [""]:  # the newest of all has none: it is on the first page
        try:
            page = next(reader.pages(reader.api.deployment_runs(limit=_NEAR, after_id=after_id)))
        except cloud.CursorGone:
            continue
        matches = [record for record in page.records if record.id == run.run_id]
        if matches:
            reader.absences.listed(_key(run))
            _store(reader, matches)
        elif _passed(page, run) and reader.absences.confirmed(_key(run)):
            _mark_gone(reader, run)
        return


def _newer(reader: SyncContext, run: Run) -> list[str]:
    """The ids of its next neighbours that the API lists."""
    place = run.at if run.dated else run.first_read_at
    newer = Run.objects.filter(account=reader.account, at__gt=place, gone_at__isnull=True)
    return list(newer.order_by("at", "run_id").values_list("run_id", flat=True)[:_NEIGHBOURS])


def _key(run: Run) -> str:
    return f"run {run.run_id}"


def _passed(page: cloud.Page[cloud.RunRecord], run: Run) -> bool:
    """Whether a page without the run goes beyond its place, and could be read to the last record.

    Of a run whose time is not known, no place is known.
    """
    if not run.dated:
        return False
    beyond = not page.has_more or any(store.at(record, run.at) < run.at for record in page.records)
    return beyond and not page.malformed


def _store(reader: SyncContext, records: list[cloud.RunRecord]) -> None:
    if records:
        with reader.writing():
            reader.store(cloud.Page(tuple(records), 0, False, None))


def _mark_gone(reader: SyncContext, run: Run) -> None:
    with reader.writing():
        store.mark_run_gone(run, timezone.now())
        reader.learn_words(statuses={Outcome.GONE})
        reader.refresh({run.deployment_id})
        reader.changed()
