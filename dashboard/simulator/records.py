"""What a world is to the stand-in: two lists of records that can be walked in both directions.

A record is a dict in the shape of the API's first generation; times in it are texts. Nothing here is
shared with the dashboard, so that one misreading of the API cannot hide on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

Record = dict[str, Any]

BEGINNING = datetime.min.replace(tzinfo=UTC)


class Filter(Protocol):
    """Which records of a list are asked for."""

    def matches(self, record: Any) -> bool:
        """Whether a record in the first generation's shape is asked for."""
        ...


class Rows(Protocol):
    """One list as it is at one moment, in the order in which the API lists it."""

    def find(self, key: str) -> int | None:
        """Position of the record with that id, or None where there is none."""
        ...

    def walk(self, wanted: Any, start: int = 0, step: int = 1) -> Iterator[Record]:
        """The records asked for, from a position on: downwards with step 1, upwards with step -1."""
        ...


class World(Protocol):
    """An account: its deployments and its runs, archived ones included."""

    def deployment_rows(self) -> Rows:
        """The deployments as they are now."""
        ...

    def run_rows(self) -> Rows:
        """The runs as they are now."""
        ...


class ListRows:
    """Rows out of a plain list that is already in order."""

    def __init__(self, records: Sequence[Any]) -> None:
        """Keep the list as it is."""
        self._records = records

    def find(self, key: str) -> int | None:
        """Position of the first record with that id, or None."""
        return next((at for at, record in enumerate(self._records) if read(record, "id") == key), None)

    def walk(self, wanted: Filter, start: int = 0, step: int = 1) -> Iterator[Any]:
        """The records asked for, from a position on, downwards or upwards."""
        end = len(self._records) if step > 0 else -1
        for at in range(start, end, step):
            if wanted.matches(self._records[at]):
                yield self._records[at]


def read(record: Any, *path: str) -> Any:
    """The value at a path of keys; None where a step is missing or is no object."""
    for key in path:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def instant(text: Any) -> datetime:
    """The instant a time text names, for sorting; what is no time sorts as the oldest."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return BEGINNING
    return at if at.tzinfo else at.replace(tzinfo=UTC)
