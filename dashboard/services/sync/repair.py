"""What the mirror adds up as it goes, compared with a count from scratch, and set right.

The sync keeps sums by what a page of runs adds, replaces and removes. They equal a count as long as nobody
else writes into the database; after a mend by SQL, or to make sure, they are counted here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Func, IntegerField

from dashboard.models import DayTally, DayTotal, Deployment, Feed, QuarterTotal, Run, RunTotal, Tally
from dashboard.models.run_total import DAY
from dashboard.services.sync import health, rollups, run_totals
from dashboard.services.sync.lease import standstill
from dashboard.services.sync.upsert import upsert

_MOVING = ("silent_since", "silent_at")  # with the clock, where a deployment has no run in what is kept
_FIGURES = [field.attname for field in Deployment._meta.concrete_fields if field.attname not in _MOVING]  # noqa: SLF001
_QUARTER = {
    "sqlite": "%(expressions)s / 900000000",  # microseconds
    "postgresql": "FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / 900)::integer",
}
Sum = Tally | DayTally | QuarterTotal | DayTotal | RunTotal
_SUMS: dict[type[Sum], tuple[str, ...]] = {
    Tally: run_totals.TALLIED,
    DayTally: run_totals.TALLIED_BY_DAY,
    QuarterTotal: run_totals.IN_A_QUARTER,
    DayTotal: run_totals.ON_A_DAY,
    RunTotal: run_totals.ALIKE,
}


def accounts() -> list[str]:
    """Every account of which there is something, also those that are configured no more."""
    return sorted(Feed.objects.values_list("account", flat=True))


def differences(account: str) -> list[str]:
    """Each sum of an account that is not what counting gives, in words; changes nothing.

    Who writes waits meanwhile: some seconds where there are a million runs.
    """
    with standstill():
        lines = [line for model in _SUMS for line in _wrong_sums(account, model)]
        lines += [*_wrong_number(account), *_wrong_health(account), *_wrong_figures(account)]
        transaction.set_rollback(True)
    return lines


def repair(account: str) -> None:
    """Set every sum of an account right."""
    with standstill():
        for model, keys in _SUMS.items():
            rows = [model(account=account, **row) for row in _counted(account, model)]
            model.objects.filter(account=account).delete()
            upsert(rows, ["account", *keys], ["number"])
        runs = Run.objects.filter(account=account).count()
        Feed.objects.filter(account=account).update(runs_kept=runs, version=F("version") + 1)
        rollups.refresh(account, figures := _figures(account))
        health.judge(account, figures)


class _Quarter(Func):
    """The number of the quarter hour that an instant lies in, as `models.tally.quarter` counts them."""

    output_field = IntegerField()

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> Any:  # type: ignore[override] # a template
        """As the database at hand writes it."""
        return super().as_sql(compiler, connection, template=_QUARTER[connection.vendor], **context)


def _counted(account: str, model: type[Sum]) -> list[dict[str, Any]]:
    """The sums of an account as counting gives them."""
    runs, keys = Run.objects.filter(account=account).order_by(), _SUMS[model]
    if "quarter" in keys:
        runs = runs.dated().annotate(quarter=_Quarter(F("at")))
    if "day" in keys:
        runs = runs.dated().annotate(day=_Quarter(F("at")) / DAY)
    return list(runs.values(*keys).annotate(number=Count("pk")))


def _wrong_sums(account: str, model: type[Sum]) -> Iterator[str]:
    keys = _SUMS[model]
    counted = {tuple(row[name] for name in keys): row["number"] for row in _counted(account, model)}
    kept = model.objects.filter(account=account).exclude(number=0)
    summed = {row[:-1]: row[-1] for row in kept.values_list(*keys, "number")}
    for key in sorted({*counted, *summed}):
        if counted.get(key, 0) != summed.get(key, 0):
            yield f"{_text(keys, key)}: {summed.get(key, 0)}, counted {counted.get(key, 0)}"


def _text(keys: Sequence[str], key: Sequence[Any]) -> str:
    """Which runs a sum is of."""
    values = dict(zip(keys, key, strict=True))
    times = {"quarter": "in quarter hour", "day": "on day"}
    when = "".join(f" {words} {values[name]}" for name, words in times.items() if name in values)
    alike = " ".join(values[name] for name in ("agent_id", "trigger_type") if values.get(name))
    runs = f"{values['status']} runs{when}{f' of {alike}' if alike else ''}"
    return f"{values.get('deployment_id', 'all deployments')}: {runs}"


def _wrong_number(account: str) -> Iterator[str]:
    kept = Feed.objects.get(account=account).runs_kept
    counted = Run.objects.filter(account=account).count()
    if kept != counted:
        yield f"runs kept: {kept}, counted {counted}"


def _wrong_health(account: str) -> Iterator[str]:
    for deployment_id, stored, by_rule in health.differences(account):
        yield f"{deployment_id}: health: {stored}, by the rule {by_rule}"


def _wrong_figures(account: str) -> Iterator[str]:
    """What deployments know of their runs and what looking it up gives, which is not kept."""
    before = _figures(account)
    rollups.refresh(account, before)
    for deployment_id, figures in sorted(_figures(account).items()):
        for name, value in figures.items():
            if value != before[deployment_id][name]:
                yield f"{deployment_id}: {name}: {before[deployment_id][name]}, looked up {value}"


def _figures(account: str) -> dict[str, dict[str, Any]]:
    rows = Deployment.objects.filter(account=account).values(*_FIGURES)
    return {row["deployment_id"]: row for row in rows}
