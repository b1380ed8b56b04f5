"""Who did what, when and from where."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models

from dashboard.domain.states import Deed
from dashboard.models.instants import InstantField

MOST_OF_A_KIND = 20_000  # rows: a flood of one kind pushes out nothing of another


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """The questions that are asked about entries, named."""

    def of(self, who: str, kind: str) -> Self:
        """Those of one person and of one kind; of everybody, of all kinds where one is empty."""
        entries = self.filter(who=who) if who else self
        return entries.filter(kind=kind) if kind else entries

    def before(self, pk: int | None) -> Self:
        """The newest first, from the one before that on; from the newest on for None."""
        entries = self.filter(pk__lt=pk) if pk is not None else self
        return entries.order_by("-pk")

    def prune(self, keep_from: datetime, step: int) -> None:
        """Delete what is older than is kept, and of each kind what is more than is kept: some at a time."""
        old = list(self.filter(at__lt=keep_from).order_by("at").values_list("pk", flat=True)[:step])
        for kind in Deed.ALL:
            surplus = self.filter(kind=kind).order_by("-pk").values_list("pk", flat=True)
            old += surplus[MOST_OF_A_KIND : MOST_OF_A_KIND + step]
        if old:
            self.filter(pk__in=old).delete()


class AuditEntry(models.Model):
    """One deed.

    who: the name of whoever did it, as typed where a sign-in failed; empty for nobody known
    what: whom or what it was done to; empty where that is the person
    address: where it came from, as the settings of the proxy allow to know; empty for a command
    """

    at = InstantField(db_index=True)
    kind = models.CharField(max_length=30)
    who = models.CharField(max_length=150)
    what = models.CharField(max_length=200)
    address = models.CharField(max_length=45)

    objects = AuditQuerySet.as_manager()

    class Meta:
        """An index for each question."""

        indexes = [
            models.Index(fields=["kind", "id"], name="audit_of_kind"),
            models.Index(fields=["who", "id"], name="audit_of_who"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.who} {self.what}".strip()
