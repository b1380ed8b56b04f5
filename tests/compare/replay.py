"""Health after each turn, shown again afterwards from the changes that were kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from dashboard.models import HealthChange
from tests.compare.oracle.changes import change
from tests.compare.oracle.knowing import Healths, Key, Knowledge
from tests.compare.oracle.view import Look


class Replay:
    """What each deployment's health was after each turn, by what our clock showed."""

    def __init__(self, knowledge: Knowledge) -> None:
        """knowledge: where healths and their changes are noted."""
        self._looks: dict[datetime, Healths] = knowledge.healths
        self._changes = knowledge.changes
        self._runs: dict[Key, set[str]] = {}

    def note(self, look: Look) -> None:
        """Note what is known after a turn."""
        last = self._looks[max(self._looks)] if self._looks else {}
        for row in look.standings:
            key = row.deployment.key
            if last.get(key) != row.health:
                self._changes[key].append(change(row, last.get(key, ""), self._runs.get(key, set())))
            self._runs[key] = {run.id for run in row.runs}
        self._looks[look.now] = {standing.deployment.key: standing.health for standing in look.standings}

    def pass_to(self, now: datetime, keeps: timedelta) -> None:
        """Forget what a clock that was set back covers, and what is past keeping by now."""
        for at in [at for at in self._looks if not now - keeps <= at < now]:
            del self._looks[at]
        for key, changes in self._changes.items():
            self._changes[key] = [change for change in changes if change.at < now]

    def differences(self) -> Iterator[str]:
        """A line for each turn after which healths cannot be shown again."""
        for at, seen in self._looks.items():
            rows = HealthChange.objects.filter(Q(until_at__gt=at) | Q(until_at=None), at__lte=at)
            shown = {row.key: row.after for row in rows}
            if shown != seen:
                wrong = [
                    f"{key}: {shown.get(key)}, was {seen[key]}" for key in seen if shown.get(key) != seen[key]
                ]
                yield f"{at:%d %b %H:%M:%S}, shown again: {'; '.join(wrong)}"
