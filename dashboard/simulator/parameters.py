"""Reading a query string the way the API does: every parameter, its bounds, and a 400 that names it.

Unknown parameters are ignored. So is the `status` of runs in generation 2, which no longer has that filter;
a simulator that `refuses_removed_filters` answers 400 instead.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from dashboard.simulator.filters import COMPARISONS, Created, DeploymentFilter, RunFilter
from dashboard.simulator.refusals import bad_parameter

Generation = int | str
Query = Mapping[str, str]

DEPLOYMENT_STATUSES = ("active", "paused")
RUN_STATUSES = ("pending", "running", "completed", "failed", "skipped")
TRIGGERS = ("manual", "schedule", "retry")
TOP = "top"
CURSORS = ("page", "after_id", "before_id")


@dataclass(frozen=True)
class Ask:
    """How much of a list is asked for, and from where.

    param: the parameter that carried the cursor, empty on a first page; key: the id it stands for
    """

    limit: int = 20
    param: str = ""
    key: str = ""

    @property
    def upwards(self) -> bool:
        """Whether the records just newer than the cursor are asked for."""
        return self.param == "before_id"


def ask(query: Query, generation: Generation) -> Ask:
    """The limit and the cursor of a query; raises Refusal where one cannot be used."""
    limit = _limit(query, 100 if generation == 2 else 1000)
    known = CURSORS[1:] if generation == 1 else CURSORS
    given = [name for name in known if name in query]
    if len(given) > 1:
        raise bad_parameter(given[-1], f"cannot be combined with {given[0]}")
    if not given:
        return Ask(limit)
    value = query[given[0]]
    return Ask(limit, given[0], opened(value) or ("" if given[0] == "page" else value))


def deployment_filter(query: Query, generation: Generation) -> DeploymentFilter:
    """The filters of a deployments query; raises Refusal where one cannot be used."""
    return DeploymentFilter(
        status=_one_of(query, "status", DEPLOYMENT_STATUSES),
        agent_id=query.get("agent_id"),
        include_archived=bool(_boolean(query, "include_archived")),
        created=_created(query, generation),
    )


def run_filter(query: Query, generation: Generation, *, refuse_removed: bool = False) -> RunFilter:
    """The filters of a runs query; raises Refusal where one cannot be used."""
    newer = generation == 2
    if newer and refuse_removed and "status" in query:
        raise bad_parameter("status", "is not a parameter of this endpoint")
    return RunFilter(
        deployment_id=query.get("deployment_id"),
        status=None if newer else _one_of(query, "status", RUN_STATUSES),
        triggers=_triggers(query, newer),
        has_error=_boolean(query, "has_error"),
        created=_created(query, generation),
    )


def sealed(key: str) -> str:
    """An id as an opaque cursor (`TOP` for the start); it holds characters that must be quoted in a URL."""
    return base64.b64encode(f"cursor?{key}>>".encode()).decode()


def opened(cursor: str) -> str:
    """The id in an opaque cursor; empty where it is none."""
    try:
        text = base64.b64decode(cursor, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return text.removeprefix("cursor?").removesuffix(">>") if text.startswith("cursor?") else ""


def _limit(query: Query, most: int) -> int:
    text = query.get("limit", "20")
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= most):
        raise bad_parameter("limit", f"must be an integer between 1 and {most}")
    return int(text)


def _one_of(query: Query, name: str, values: Collection[str]) -> str | None:
    value = query.get(name)
    if value is not None and value not in values:
        raise bad_parameter(name, f"must be one of {', '.join(values)}")
    return value


def _boolean(query: Query, name: str) -> bool | None:
    value = _one_of(query, name, ("true", "false"))
    return None if value is None else value == "true"


def _triggers(query: Query, newer: bool) -> tuple[str, ...] | None:
    value = _one_of(query, "trigger_type", TRIGGERS[:2] if newer else TRIGGERS)
    if value is None:
        return None
    # The newer generation has no word for a retry: it shows one as the scheduled run it repeats.
    return ("schedule", "retry") if newer and value == "schedule" else (value,)


def _created(query: Query, generation: Generation) -> Created:
    names = {word: f"created_at[{word}]" for word in COMPARISONS} if generation == 2 else {}
    return Created(tuple((word, _time(query, name)) for word, name in names.items() if name in query))


def _time(query: Query, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(query[name])
    except ValueError:
        raise bad_parameter(name, "must be an ISO 8601 time") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
