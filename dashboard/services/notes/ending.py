"""How acknowledgements go on and end: decided by the writer, in the transaction that changes a deployment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, Q

from dashboard.domain import acknowledgements
from dashboard.domain.acknowledgements import CoverSteps
from dashboard.domain.states import Health, NoteEnd
from dashboard.models import Acknowledgement, Deployment, Key, Note
from dashboard.models.deployment_queries import DeploymentQuerySet, health_is
from dashboard.services.notes.causes import cause_of, with_kinds


@dataclass
class _Standing:
    """A note that acknowledges, with what stands of it: by deployment, its row and what it acknowledges."""

    note: Note
    rows: dict[Key, int] = field(default_factory=dict)
    covers: dict[Key, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What it is about wherever that occurs; empty for a note on one deployment."""
        return "" if self.note.deployment_id else self.note.fingerprint


def follow(account: str, deployment_ids: Collection[str], now: datetime) -> bool:
    """End what is not true any more of these deployments; whether anything changed.

    To be called inside a transaction of the writer, once it has judged them.
    """
    standing = _standing(account, deployment_ids)
    if not standing:
        return False
    rows = {row.key: row for row in _looked_at(account, deployment_ids, standing)}
    causes = {key: cause_of(row) for key, row in rows.items()}
    steps = [(one, acknowledgements.steps(one.covers, causes, one.kind)) for one in standing]
    for one, step in steps:
        _write(one, step, causes, rows, now)
    return any(step.ended or step.begun for _, step in steps)


def to_follow(account: str) -> list[str]:
    """The deployments of an account that are acknowledged otherwise than is true.

    A note may be written while the sync reads, by another process, of what is not so any more.
    """
    standing = _standing(account, None)
    rows = _looked_at(account, None, standing) if standing else []
    causes = {row.key: cause_of(row) for row in rows}
    steps = [acknowledgements.steps(one.covers, causes, one.kind) for one in standing]
    return sorted({key[1] for step in steps for key in (*step.ended, *step.begun)})


def any_overdue(now: datetime) -> bool:
    """Whether the date of a note has come."""
    return Note.objects.overdue(now).exists()


def end_overdue(now: datetime) -> None:
    """End the notes whose date has come, inside a transaction of the writer."""
    overdue = Note.objects.overdue(now)
    Acknowledgement.objects.filter(ended_at=None, note__in=overdue).update(ended_at=now)
    overdue.update(ended_at=F("until_at"), ended_why=NoteEnd.DATE)


def begin(note: Note, causes: Mapping[Key, str], now: datetime) -> None:
    """A note acknowledges from now on what these deployments need somebody for."""
    Acknowledgement.objects.bulk_create(
        Acknowledgement(note=note, account=account, deployment_id=key, cause=cause, since_at=now)
        for (account, key), cause in causes.items()
    )


def _standing(account: str, deployment_ids: Collection[str] | None) -> list[_Standing]:
    """What stands of these deployments, or of all of the account, and of kinds of failure; one query."""
    of_these = Q(account=account)
    if deployment_ids is not None:
        of_these &= Q(deployment_id__in=deployment_ids)
    rows = Acknowledgement.objects.filter(ended_at=None).select_related("note")
    notes: dict[int, _Standing] = {}
    for row in rows.filter(of_these | Q(note__deployment_id="")).order_by("pk"):
        one = notes.setdefault(row.note_id, _Standing(row.note))
        one.rows[row.key], one.covers[row.key] = row.pk, row.cause
    return list(notes.values())


def _looked_at(
    account: str, deployment_ids: Collection[str] | None, standing: Iterable[_Standing]
) -> DeploymentQuerySet:
    """The deployments of which it has to be known how they stand."""
    rows = with_kinds(Deployment.objects.filter(account=account))
    if deployment_ids is not None:
        rows = rows.filter(deployment_id__in=deployment_ids)
    if any(one.kind for one in standing):
        covered = {key[1] for one in standing for key in one.covers}
        return rows.filter(Q(deployment_id__in=covered) | health_is(Health.FAILING))
    return rows.filter(deployment_id__in={key[1] for one in standing for key in one.covers})


def _write(
    one: _Standing,
    step: CoverSteps[Key],
    causes: Mapping[Key, str | None],
    rows: Mapping[Key, Deployment],
    now: datetime,
) -> None:
    Acknowledgement.objects.filter(pk__in=[one.rows[key] for key in step.ended]).update(ended_at=now)
    begin(one.note, {key: causes[key] or "" for key in step.begun}, now)
    if step.ended and not step.begun and len(step.ended) == len(one.covers):
        why = acknowledgements.ending_of_all(step.ended)
        health = next(rows[key].health for key, word in step.ended.items() if word == why)
        of_note = Note.objects.filter(pk=one.note.pk)
        of_note.update(ended_at=now, ended_why=why, ended_as=health)
