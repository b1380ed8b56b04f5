"""Health after each turn, shown again afterwards from the changes that were kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from dashboard.models import HealthChange
from tests.compare.oracle.view import Look

Healths = dict[tuple[str, str], str]


class Replay:
    """What each deployment's health was after each turn, by what our clock showed."""

    def __init__(self, looks: dict[datetime, Healths]) -> None:
        """looks: where they are noted, by what our clock showed."""
        self._looks = looks

    def note(self, look: Look) -> None:
        """Note what is known after a turn."""
        self._looks[look.now] = {standing.deployment.key: standing.health for standing in look.standings}

    def pass_to(self, now: datetime, keeps: timedelta) -> None:
        """Forget what a clock that was set back covers, and what is past keeping by now."""
        for at in [at for at in self._looks if not now - keeps <= at < now]:
            del self._looks[at]

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
