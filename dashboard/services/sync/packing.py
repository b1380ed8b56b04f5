"""Records that an earlier version stored as texts, packed in place: some in each cycle, while pages read."""

from __future__ import annotations

import logging

from django.db import connection
from django.db.models import CharField, F, Func, Max, Min

from dashboard.models import Run
from dashboard.services.sync.context import SyncContext
from dashboard.services.sync.upsert import update

STEP = 2_000  # records packed in one cycle: a write of some hundredths of a second
WINDOW = 10_000  # rows looked at in one cycle

logger = logging.getLogger(__name__)


class Packing:
    """One walk over the runs of an account, from the first row to those that were there when it began.

    A process that is ended leaves what it has packed; the next one passes over it.
    """

    def __init__(self) -> None:
        """Look at nothing yet. Only SQLite keeps records packed; see `PackedTextField`."""
        self._after = 0
        self._last: int | None = None if connection.vendor == "sqlite" else 0
        self._number = 0

    def step(self, reader: SyncContext) -> None:
        """Pack the next ones; nothing once all have been."""
        if self._last is None:
            ends = Run.objects.aggregate(first=Min("pk"), last=Max("pk"))
            self._after, self._last = (ends["first"] or 1) - 1, ends["last"] or 0
        if self._after >= self._last:
            return
        rows = self._texts(reader.account)
        if rows:
            with reader.writing():
                update(rows, ["record_json"])
        self._number += len(rows)
        self._after = rows[-1].pk if len(rows) == STEP else self._after + WINDOW
        if self._number and self._after >= self._last:
            logger.info("%s: %d records of an earlier version are packed", reader.account, self._number)

    def _texts(self, account: str) -> list[Run]:
        """The next rows whose record is a text."""
        form = Func(F("record_json"), function="typeof", output_field=CharField())
        runs = Run.objects.of_account(account).filter(pk__gt=self._after, pk__lte=self._after + WINDOW)
        return list(runs.alias(form=form).filter(form="text").only("record_json").order_by("pk")[:STEP])
