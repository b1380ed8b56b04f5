"""The two list endpoints, as walks over pages. Parameters are named as the API names them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from dashboard.domain import record_fields, record_reading, record_text, records
from dashboard.domain.nesting import too_deep
from dashboard.services.cloud import errors
from dashboard.services.cloud.transport import Transport

Record = TypeVar("Record", records.DeploymentRecord, records.RunRecord)
Reader = Callable[[record_text.Raw, str], Record | str]  # the id alone of a record that is known already
Cursor = tuple[str, str]  # the parameter that carries it, and its value

LIMITS = (1000, 100, 20)  # the seeds' ceiling, the newer one, and what is given without asking
LARGER_AGAIN = 3600.0  # seconds until a page that was refused as too large is asked for again
LONGEST_CURSOR = 4096  # characters: more fit no address, and name no record
_CURSORS = ("after_id", "before_id", "page")


@dataclass(frozen=True)
class Page(Generic[Record]):
    """One page of a list, newest first.

    malformed: how many of its records could not be read, and were left out
    has_more: whether the API says that more follows
    cursor: where the next page is asked for; None where the API gave nothing to go on with
    answered_at: when it was given, by the clock of the API; None where that is not known
    unchanged: the ids of further records of it, which are as whoever asked knows them
    """

    records: tuple[Record, ...]
    malformed: int
    has_more: bool
    cursor: Cursor | None
    answered_at: datetime | None = None
    unchanged: frozenset[str] = frozenset()


def _unknown(record_id: str, record_json: str) -> bool:
    """Nothing is known of any record."""
    return False


class Cloud:
    """The API of one account. Raises the family of `errors.CloudError`, and nothing of HTTP.

    Both generations are understood, also when the API changes from one to the other under way.
    """

    def __init__(self, transport: Transport) -> None:
        """Ask through that transport, which paces, retries and keeps the token."""
        self._transport = transport
        self._largest = LIMITS[0]
        self._lowered_at = 0.0

    def close(self) -> None:
        """Give the connection back."""
        self._transport.close()

    def deployments(
        self,
        *,
        limit: int = 1000,
        after_id: str = "",
        before_id: str = "",
        status: str = "",
        include_archived: bool = False,
        agent_id: str = "",
        is_known: Callable[[str, str], bool] = _unknown,
    ) -> Iterator[Page[records.DeploymentRecord]]:
        """Walk `GET /v1/deployments`, newest created first, page by page until the last.

        limit: records to a page, lowered where the API gives fewer at once
        after_id, before_id: start beyond that id, towards older or newer ones; not both
        status: `active` or `paused`
        include_archived: archived ones too
        agent_id: those of one agent
        is_known: whether a record of that id and canonical JSON needs no reading

        Raises ValueError for two cursors, CloudError where the API gives no page.
        Source: docs.qoder.com/cloud-agents/api/deployments/list
        """
        filters = {
            "status": status,
            "include_archived": "true" if include_archived else "",
            "agent_id": agent_id,
        }
        start = _start(after_id, before_id)

        def read(raw: record_text.Raw, record_json: str) -> records.DeploymentRecord | str:
            record_id = record_fields.text(raw, "id")
            if is_known(record_id, record_json):
                return record_id
            return record_reading.read_deployment(raw, record_json)

        return self._walk("/deployments", read, start, limit, filters)

    def deployment_runs(
        self,
        *,
        limit: int = 1000,
        after_id: str = "",
        before_id: str = "",
        deployment_id: str = "",
        status: str = "",
        trigger_type: str = "",
        has_error: bool | None = None,
    ) -> Iterator[Page[records.RunRecord]]:
        """Walk `GET /v1/deployment_runs`, page by page until the last.

        limit, after_id, before_id: as for deployments
        deployment_id: those of one deployment
        status: `pending`, `running`, `completed`, `failed` or `skipped`; the newer API may ignore it
        trigger_type: `manual`, `schedule` or `retry`
        has_error: only those with, or without, an error

        The order is seen to be newest first, and not promised.
        Raises ValueError for two cursors, CloudError where the API gives no page.
        Source: docs.qoder.com/cloud-agents/api/deployments/list-all-runs
        """
        filters = {
            "deployment_id": deployment_id,
            "status": status,
            "trigger_type": trigger_type,
            "has_error": "" if has_error is None else str(has_error).lower(),
        }
        start = _start(after_id, before_id)
        return self._walk("/deployment_runs", record_reading.read_run, start, limit, filters)

    def _walk(
        self,
        path: str,
        read: Reader[Record],
        start: Cursor | None,
        limit: int,
        filters: dict[str, str],
    ) -> Iterator[Page[Record]]:
        """Follow the cursors literally; a cursor that is gone starts the walk again, once."""
        cursor, seen, again = start, {start}, False
        while True:
            try:
                page = self._page(path, read, cursor, limit, filters)
            except errors.CursorGone:
                if again or cursor == start:
                    raise
                cursor, seen, again = start, {start}, True
                continue
            yield page
            if not page.has_more or page.cursor is None or page.cursor in seen:
                return
            cursor = page.cursor
            seen.add(cursor)

    def _page(
        self,
        path: str,
        read: Reader[Record],
        cursor: Cursor | None,
        limit: int,
        filters: dict[str, str],
    ) -> Page[Record]:
        params = {name: value for name, value in filters.items() if value}
        params |= dict([cursor]) if cursor else {}
        for asked in self._limits(limit):
            try:
                body = self._transport.get(path, params | {"limit": str(asked)})
            except errors.Refused as error:
                if error.names("limit") and asked > LIMITS[-1]:
                    continue
                if cursor and _is_of_cursor(error):
                    raise _gone(error) from error
                raise
            self._remember(limit, asked)
            return self._parse(body, read, cursor)
        raise AssertionError("the smallest limit is answered or raises")  # pragma: no cover

    def _limits(self, wanted: int) -> list[int]:
        """What to ask for, in order: as many as wanted, and fewer where that is refused."""
        if time.monotonic() - self._lowered_at >= LARGER_AGAIN:
            self._largest = LIMITS[0]
        first = min(wanted, self._largest)
        return [first, *(limit for limit in LIMITS if limit < first)]

    def _remember(self, wanted: int, given: int) -> None:
        """Ask for no more for a while than was given, once fewer have been given than were wanted.

        A refusal alone proves nothing: it may mention a limit of another kind, and pass.
        """
        if given < min(wanted, self._largest):
            self._largest, self._lowered_at = given, time.monotonic()

    def _parse(self, body: dict[str, Any], read: Reader[Record], asked: Cursor | None) -> Page[Record]:
        has_more = body.get("has_more")
        if not isinstance(has_more, bool):
            raise errors.Nonsense("the answer does not say whether more follows: has_more is no boolean")
        by_id: dict[str, Record] = {}
        unchanged: set[str] = set()
        malformed = 0
        for raw in body["data"]:
            try:
                record = _record(raw, read)
            except (records.Malformed, RecursionError):  # the encoder's: of one nested beyond all measure
                malformed += 1
            else:
                if isinstance(record, str):
                    unchanged.add(record)
                else:
                    by_id[record.id] = record
        cursor, at = _next(body, asked), self._transport.answered_at
        return Page(tuple(by_id.values()), malformed, has_more, cursor, at, frozenset(unchanged))


def _record(raw: object, read: Reader[Record]) -> Record | str:
    if not isinstance(raw, dict):
        raise records.Malformed("a record that is no object")
    record_json = record_text.canonical(raw)
    if too_deep(record_json):
        raise records.Malformed("a record nested deeper than is kept")
    return read(raw, record_json)


def _start(after_id: str, before_id: str) -> Cursor | None:
    if after_id and before_id:
        raise ValueError("after_id and before_id exclude each other")
    if after_id or before_id:
        return ("after_id", after_id) if after_id else ("before_id", before_id)
    return None


def _next(body: dict[str, Any], asked: Cursor | None) -> Cursor | None:
    """The cursor to go on with: the last id in both generations, the opaque one on an empty page."""
    newer = asked is not None and asked[0] == "before_id"
    for parameter, key in (
        [("before_id", "first_id")] if newer else [("after_id", "last_id"), ("page", "next_page")]
    ):
        if isinstance(value := body.get(key), str) and 0 < len(value) <= LONGEST_CURSOR:
            return parameter, value
    return None


def _is_of_cursor(error: errors.Refused) -> bool:
    return error.status in (400, 404) and (not error.param or error.param in _CURSORS)


def _gone(error: errors.Refused) -> errors.CursorGone:
    return errors.CursorGone(
        error.message, status=error.status, type=error.type, param=error.param, request_id=error.request_id
    )
