"""A world made of the records that a test gives, served as they stand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dashboard.simulator.records import ListRows, instant, read


class Scripted:
    """Two lists of first-generation records that may be changed between requests.

    `order` is "newest first" (deployments by `created_at`, runs by `triggered_at` or else `created_at`, ties
    by id) or "as given", which serves the lists in the order they stand in.
    """

    def __init__(self, deployments: Iterable[Any] = (), runs: Iterable[Any] = ()) -> None:
        """Take over the records: `deployments` and `runs` are live lists, to be changed at will."""
        self.deployments: list[Any] = _own(deployments)
        self.runs: list[Any] = _own(runs)
        self.order = "newest first"

    def deployment_rows(self) -> ListRows:
        """The deployments in the order the API lists them."""
        return self._ordered(self.deployments)

    def run_rows(self) -> ListRows:
        """The runs in the order the API lists them."""
        return self._ordered(self.runs)

    def _ordered(self, records: list[Any]) -> ListRows:
        if self.order == "as given":
            return ListRows(list(records))
        return ListRows(sorted(records, key=_age, reverse=True))


def _own(records: Iterable[Any]) -> list[Any]:
    """A list is kept, not copied: whoever gave it may go on changing it."""
    return records if isinstance(records, list) else list(records)


def _age(record: Any) -> tuple[datetime, str]:
    at = read(record, "triggered_at") or read(record, "created_at")
    return instant(at), str(read(record, "id"))
