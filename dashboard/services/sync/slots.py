"""Slots: writes down what is promised, and settles it once its time has come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, In
from django.utils import timezone

from dashboard.domain.slots import Firing, Reading, gap_s, match, settle, withdrawal
from dashboard.domain.states import SlotOutcome
from dashboard.domain.thresholds import EARLY
from dashboard.models import Deployment, Gap, Run, Slot, Watch
from dashboard.models.instants import instant
from dashboard.models.unindexed import Unindexed
from dashboard.services import cloud
from dashboard.services.sync import slot_totals
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.upsert import upsert

_BATCH = 2_000  # slots settled at once: a long outage is worked off in several cycles
_BLINK = timedelta(seconds=30)  # shorter pauses between two readings are no gap in what was watched
_LOOK_BACK = timedelta(days=2)  # how long a missed slot waits for a run that shows up late
_LONG_AGO = instant(datetime(1970, 1, 1, tzinfo=UTC))  # before every slot
# Found by their deployments: nearly every run is a scheduled one, and nearly every slot of some is unmet.
_SCHEDULED = Exact(Unindexed(F("trigger_type")), "schedule")
_UNMET = In(Unindexed(F("outcome")), SlotOutcome.UNMET)
_WRITTEN = ["outcome", "reason", "moved_to", "run_id", "late_s", "revised_from", "settled_at"]


def watch(reader: SyncContext) -> None:
    """Note that the API has just been read, inside a transaction."""
    now = timezone.now()
    blink = max(_BLINK, 3 * timedelta(seconds=settings.SYNC_INTERVAL))
    current = Watch.objects.filter(account=reader.account, until__gte=now - blink).order_by("-until").first()
    if current:
        Watch.objects.filter(pk=current.pk).update(until=now)
    else:
        Watch.objects.create(account=reader.account, since=now, until=now)


def record(account: str, records: Iterable[cloud.DeploymentRecord], now: datetime) -> set[str]:
    """Write down what deployments promise, before they replace what is stored of them.

    now: by the later one of our clock and the API's: what had come due before our clock was set back is not
    to come again
    Gives the ids of those whose slots are new, withdrawn or promised again.
    """
    by_id = {record.id: record for record in records}
    before = {row.deployment_id: row for row in _stored(account, by_id)}
    known: dict[str, dict[datetime, Slot]] = defaultdict(dict)
    own = Slot.objects.filter(account=account, deployment_id__in=by_id)
    slots = list(own.filter(Q(at__gt=now) | Q(outcome=SlotOutcome.DUE)))
    outcomes = slot_totals.outcomes_of(slots)
    for slot in slots:
        known[slot.deployment_id][slot.at] = slot
    changed: list[Slot] = []
    for deployment_id, item in by_id.items():
        reading = _reading(item, before.get(deployment_id))
        changed += _withdrawn(known[deployment_id], reading, now)
        changed += _promised(account, item, known[deployment_id], reading, now)
    upsert(changed, ["account", "deployment_id", "at"], _WRITTEN)
    slot_totals.add(changed, outcomes)
    return {slot.deployment_id for slot in changed}


def settle_due(reader: SyncContext) -> None:
    """Settle every slot whose time has come, and those that a late run may have met after all.

    As of the moment when the newest runs were read: what started since is not known yet. Slots of a
    stretch of history that has not been read wait until it has been.
    """
    now = reader.feed().polled_at or timezone.now()
    unread = Gap.objects.filter(account=reader.account).first()
    readable = Slot.objects.of_account(reader.account).order_by("at")
    readable = readable.filter(at__gt=unread.from_at) if unread else readable
    due = readable.filter(outcome__in=SlotOutcome.PENDING, at__lte=now + EARLY)
    late = readable.filter(_UNMET, deployment_id__in=reader.touched, at__gte=now - _LOOK_BACK)
    slots = sorted((*due[:_BATCH], *late[:_BATCH]), key=lambda slot: slot.at)[:_BATCH]
    outcomes = slot_totals.outcomes_of(slots)
    changed = _settle(reader, slots, now) if slots else []
    stale = {slot.deployment_id for slot in changed} | _missed(reader.account, reader.touched)
    if stale:
        with reader.writing():
            upsert(changed, ["account", "deployment_id", "at"], _WRITTEN)
            slot_totals.add(changed, outcomes)
            refresh(reader.account, stale)
            reader.to_judge.update(stale)
            reader.changed()


def refresh(account: str, deployment_ids: Collection[str]) -> None:
    """Bring up to date what deployments know of their slots, inside a transaction.

    Slots that nobody watched say nothing: they neither end a row of missed ones nor count in it.
    """
    slots = Slot.objects.filter(account=OuterRef("account"), deployment_id=OuterRef("deployment_id"))
    decided = slots.exclude(outcome__in=(SlotOutcome.DUE, SlotOutcome.WITHDRAWN)).order_by("-at")
    last = Q(pk=Subquery(decided.values("pk")[:1]))
    met = Slot.objects.filter(
        account=OuterRef(OuterRef("account")),
        deployment_id=OuterRef(OuterRef("deployment_id")),
        outcome__in=SlotOutcome.MET,
    )
    missed = slots.filter(
        outcome=SlotOutcome.MISSED,
        at__gt=Coalesce(Subquery(met.order_by("-at").values("at")[:1]), _LONG_AGO),
    ).filter(at__gte=Coalesce(OuterRef("last_success_at"), _LONG_AGO))
    number = missed.order_by().values("outcome").annotate(n=Count("pk"))
    Deployment.objects.filter(account=account, deployment_id__in=deployment_ids).update(
        due_at=Subquery(slots.filter(outcome=SlotOutcome.DUE).order_by("at").values("at")[:1]),
        missed_at=Subquery(missed.order_by("at").values("at")[:1]),
        missed_count=Coalesce(Subquery(number.values("n")), 0),
        unseen_at=Subquery(slots.filter(last, outcome=SlotOutcome.UNOBSERVED).values("at")[:1]),
    )


def _settle(reader: SyncContext, slots: Sequence[Slot], now: datetime) -> list[Slot]:
    """Those of these slots, in order of time, that become something else."""
    spans = list(
        Watch.objects.filter(account=reader.account, until__gte=slots[0].at).values_list("since", "until")
    )
    firings, undated = _firings(reader.account, slots), _undated(reader.account, slots)
    by_deployment: dict[str, list[Slot]] = defaultdict(list)
    for slot in slots:
        by_deployment[slot.deployment_id].append(slot)
    return [
        slot
        for deployment_id, own_slots in by_deployment.items()
        for slot in _settled(own_slots, firings[deployment_id], now, spans, undated[deployment_id])
    ]


def _missed(account: str, deployment_ids: Collection[str]) -> set[str]:
    """Those of these deployments that have missed slots: a run of theirs may have ended that."""
    if not deployment_ids:
        return set()
    rows = Deployment.objects.filter(account=account, deployment_id__in=deployment_ids)
    return set(rows.filter(missed_at__isnull=False).values_list("deployment_id", flat=True))


def _stored(account: str, ids: Collection[str]) -> Iterable[Deployment]:
    rows = Deployment.objects.filter(account=account, deployment_id__in=ids)
    return rows.only("deployment_id", "expression", "timezone")


def _reading(deployment_record: cloud.DeploymentRecord, before: Deployment | None) -> Reading:
    schedule = (deployment_record.expression, deployment_record.timezone)
    return Reading(
        promised=deployment_record.upcoming_runs_at,
        firing=deployment_record.status == "active" and not deployment_record.archived,
        archived=deployment_record.archived,
        changed_at=deployment_record.archived_at or deployment_record.updated_at,
        edited=before is not None and (before.expression, before.timezone) != schedule,
    )


def _withdrawn(known: dict[datetime, Slot], reading: Reading, now: datetime) -> Iterable[Slot]:
    for slot in known.values():
        if slot.outcome == SlotOutcome.DUE and (reason := withdrawal(slot.at, reading, now)):
            slot.outcome, slot.reason, slot.settled_at = SlotOutcome.WITHDRAWN, reason, now
            slot.moved_to = next((at for at in reading.promised if at > slot.at), None)
            yield slot


def _promised(
    account: str,
    deployment_record: cloud.DeploymentRecord,
    known: dict[datetime, Slot],
    reading: Reading,
    now: datetime,
) -> Iterable[Slot]:
    if not reading.firing:
        return
    gap = gap_s(reading.promised)
    for at in reading.promised:
        slot = known.get(at)
        if at > now and slot is None:
            yield Slot(account=account, deployment_id=deployment_record.id, at=at, gap_s=gap, seen_at=now)
        elif at > now and slot and slot.outcome == SlotOutcome.WITHDRAWN:
            slot.outcome, slot.reason, slot.moved_to, slot.settled_at = SlotOutcome.DUE, "", None, None
            yield slot


def _firings(account: str, slots: Sequence[Slot]) -> dict[str, list[Firing]]:
    """The scheduled runs that may have met these slots, by deployment; not those that met another one."""
    longest_gap = max(slot.promise.gap for slot in slots)
    runs = Run.objects.of_account(account).filter(
        _SCHEDULED,
        deployment_id__in={slot.deployment_id for slot in slots},
        at__gte=slots[0].at - EARLY,
        at__lt=slots[-1].at + longest_gap,
    )
    these = {slot.pk for slot in slots}
    met = Slot.objects.of_account(account).met_by_any([run.run_id for run in runs])
    taken = {run_id for pk, run_id in met.values_list("pk", "run_id") if pk not in these}
    groups: dict[str, list[Firing]] = defaultdict(list)
    for run in runs:
        if run.run_id not in taken:
            firing = Firing(run.run_id, run.at, run.status, run.open, run.record.scheduled_at)
            groups[run.deployment_id].append(firing)
    return groups


def _undated(account: str, slots: Sequence[Slot]) -> dict[str, list[datetime]]:
    """When the scheduled runs were first read of which nobody knows which slot they met, by deployment."""
    longest_gap = max(slot.promise.gap for slot in slots)
    runs = (
        Run.objects.undated()
        .of_account(account)
        .filter(
            _SCHEDULED,
            deployment_id__in={slot.deployment_id for slot in slots},
            first_read_at__range=(slots[0].at - EARLY, slots[-1].at + longest_gap),
        )
    )
    groups: dict[str, list[datetime]] = defaultdict(list)
    for deployment_id, first_read_at in runs.values_list("deployment_id", "first_read_at"):
        groups[deployment_id].append(first_read_at)
    return groups


def _settled(
    slots: Sequence[Slot],
    firings: Sequence[Firing],
    now: datetime,
    spans: Sequence[tuple[datetime, datetime]],
    undated: Sequence[datetime],
) -> Iterable[Slot]:
    """Those of one deployment's slots that become something else.

    A slot that one of the `undated` runs may have met was not missed, as far as anybody knows.
    """
    met = match([slot.promise for slot in slots], firings)
    for slot in slots:
        watched = any(since <= slot.at <= until for since, until in spans)
        watched = watched and not any(slot.promise.reaches(read_at) for read_at in undated)
        settled = settle(slot.promise, met.get(slot.at), now, watched=watched)
        unmet = slot.outcome in SlotOutcome.UNMET
        if settled.outcome == slot.outcome or (unmet and not settled.run_id):
            continue
        slot.revised_from = slot.outcome if unmet else ""
        slot.outcome, slot.run_id = settled.outcome, settled.run_id
        slot.late_s, slot.settled_at = settled.late.total_seconds(), now
        yield slot
