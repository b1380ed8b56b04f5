"""What a deployment's runs add up to, worked out anew for the deployments whose runs changed.

The database does the work, a batch of deployments at a time, each figure a look at an index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from dashboard.domain.baselines import slow_after
from dashboard.domain.states import Outcome, RunTime
from dashboard.domain.thresholds import DEFAULT_TIMEOUT, STUCK_GRACE, UNKNOWN_WAIT, USUAL_OF
from dashboard.models import Deployment, Run
from dashboard.models.instants import instant
from dashboard.models.latest_per_deployment import latest
from dashboard.models.run_queries import FAILED_TO_START, UNDATED_AT
from dashboard.services.sync.standstill import Skipped, silence, skipped_in_a_row, undated_read_at
from dashboard.services.sync.upsert import update

_BATCH = 200
_UNDATED = instant(UNDATED_AT)
_LONGEST_MS = timedelta.max // timedelta(milliseconds=4)


def refresh(account: str, deployment_ids: Collection[str]) -> None:
    """Bring the run figures of those deployments up to date."""
    ids = sorted(deployment_ids)
    waiting = _open(account) if ids else {}
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        deployments = Deployment.objects.filter(account=account, deployment_id__in=batch)
        _refresh(deployments)
        _time(deployments, waiting)


def _refresh(deployments: QuerySet[Deployment]) -> None:
    every = Run.objects.of_outer_deployment()
    runs = every.dated()
    newest, failed = runs.order_by("-at"), runs.filter(status=Outcome.FAILED)
    last_failure, over = failed.order_by("-at"), newest.exclude(status__in=(*Outcome.OPEN, Outcome.SKIPPED))
    deployments.update(
        last_run_at=_first(newest, "at"),
        last_run_status=_text(newest, "status"),
        last_outcome=_text(over, "status"),
        last_started_at=_first(newest.filter(status=Outcome.STARTED), "at"),
        last_success_at=_first(newest.filter(status=Outcome.COMPLETED), "at"),
        last_failure_at=_first(last_failure, "at"),
        last_failure_id=_text(last_failure, "run_id"),
        last_error_type=_text(last_failure, "error_type"),
        last_error_message=_text(last_failure, "error_message"),
        runs_ahead=_count(every.undated().filter(time=RunTime.AHEAD)),
        runs_without_time=_count(every.undated().filter(time=RunTime.UNKNOWN)),
    )
    # With a bound on `at`, which `dated` is, too, the index by deployment is the better one to any planner;
    # without it SQLite reads every run of the account for each deployment.
    since_success = failed.filter(at__gt=Coalesce(OuterRef("last_success_at"), _UNDATED))
    # That a run started refutes what did not start before it, and no failure of what did.
    in_a_row = since_success.exclude(FAILED_TO_START, at__lt=Coalesce(OuterRef("last_started_at"), _UNDATED))
    deployments.update(
        streak=_count(in_a_row),
        failing_since=Subquery(in_a_row.order_by().values("deployment_id").annotate(v=Min("at")).values("v")),
    )


_READ = [
    *("account", "deployment_id", "cadence_s", "timeout_ms", "expression", "timezone", "created_at"),
    *("updated_at", "next_run_at", "last_run_at", "last_run_status"),
    *("runs_ahead", "runs_without_time"),
]
_TIMED = [
    *("usual_ms", "usual_of", "last_ms", "open_since", "running_since", "stuck_at", "slow_at"),
    *("silent_since", "silent_at", "skipped_since", "skipped_count"),
]


def _time(deployments: QuerySet[Deployment], waiting: dict[str, dict[str, datetime]]) -> None:
    """What is usual, and when a deployment is stuck, slow, silent or blocked; waiting: see `_open`."""
    rows = list(deployments.only(*_READ))
    timed = Run.objects.dated().filter(duration_ms__isnull=False)
    finished = latest(timed, rows, USUAL_OF, "duration_ms", status=Outcome.COMPLETED)
    for row in rows:
        mine_open = waiting.get(row.deployment_id, {})
        row.open_since, row.stuck_at = _stuck(row, mine_open)
        row.running_since = mine_open.get(Outcome.RUNNING)
    skipped, undated = skipped_in_a_row(rows), undated_read_at(rows)
    for row in rows:
        mine, since = finished.get(row.key, []), waiting.get(row.deployment_id, {})
        row.usual_ms = round(median(run.duration_ms or 0 for run in mine)) if mine else None
        row.usual_of = len(mine)
        row.last_ms = mine[0].duration_ms if mine else None
        row.slow_at = _slow_at(row, mine, since)
        row.silent_since, row.silent_at = silence(row, undated.get(row.key))
        row.skipped_since, row.skipped_count = skipped.get(row.key, Skipped())
    update(rows, _TIMED)


def _open(account: str) -> dict[str, dict[str, datetime]]:
    """The oldest run of each deployment that has not finished, by its id and by outcome."""
    groups: dict[str, dict[str, datetime]] = defaultdict(dict)
    runs = Run.objects.open(account).dated().filter(gone_at__isnull=True).order_by("-at")
    for deployment_id, status, at in runs.values_list("deployment_id", "status", "at"):
        groups[deployment_id][status] = at
    return groups


def _stuck(row: Deployment, since: dict[str, datetime]) -> tuple[datetime | None, datetime | None]:
    """Since when the open run goes on that outlives its limit, or its wait, first; and when it does."""
    limit = DEFAULT_TIMEOUT + STUCK_GRACE if row.timeout_ms is None else _ms(row.timeout_ms) + STUCK_GRACE
    wait = UNKNOWN_WAIT if row.cadence_s is None else timedelta(seconds=row.cadence_s)
    ends = [(_later(at, wait if word == Outcome.PENDING else limit), at) for word, at in since.items()]
    first = min(((end, at) for end, at in ends if end), default=(None, min(since.values(), default=None)))
    return first[1], first[0]


def _slow_at(row: Deployment, completed: Sequence[Run], since: dict[str, datetime]) -> datetime | None:
    """When what completed last, or what still runs, became slow."""
    usual = None if row.usual_ms is None else _ms(row.usual_ms)
    limit = _ms(row.timeout_ms) if row.timeout_ms and row.timeout_ms > 0 else None
    longest = slow_after(usual, row.usual_of, limit)
    if longest is None:
        return None
    if completed and _ms(completed[0].duration_ms or 0) >= longest:
        return completed[0].at
    running = since.get(Outcome.RUNNING)
    return _later(running, longest) if running else None


def _later(at: datetime, by: timedelta) -> datetime | None:
    try:
        return at + by
    except OverflowError:
        return None


def _ms(number: int) -> timedelta:
    """Milliseconds as a length of time, of what no calendar holds the longest there is."""
    return timedelta(milliseconds=min(number, _LONGEST_MS))


def _first(runs: QuerySet[Run], column: str) -> Subquery:
    return Subquery(runs.values(column)[:1])


def _text(runs: QuerySet[Run], column: str) -> Coalesce:
    return Coalesce(_first(runs, column), Value(""))


def _count(runs: QuerySet[Run]) -> Coalesce:
    counted = runs.order_by().values("deployment_id").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), Value(0))
