"""The two list endpoints, from a query to an envelope, and the faults that touch the page itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.simulator import paging
from dashboard.simulator.faults import Fault
from dashboard.simulator.filters import DeploymentFilter, RunFilter
from dashboard.simulator.parameters import (
    TOP,
    Ask,
    Generation,
    Query,
    ask,
    deployment_filter,
    run_filter,
    sealed,
)
from dashboard.simulator.records import Record, Rows, World
from dashboard.simulator.shapes import shape_of


@dataclass(frozen=True)
class ListRequest:
    """One request for a list: the rows, the filter, the place, and how the records are to look."""

    rows: Rows
    wanted: DeploymentFilter | RunFilter
    ask: Ask
    generation: Generation

    def answer(self, fault: Fault | None = None) -> Record:
        """The envelope, changed by a fault if there is one; raises Refusal for an unknown cursor."""
        kind = fault.kind if fault else ""
        if kind == "vanish":
            raise paging.no_such_cursor(self.ask)
        if kind == "empty":
            return self._emptied()
        page = paging.cut(self.rows, self.wanted, self.ask)
        answer = paging.envelope(page, opaque=self.generation == 2)
        records = paging.before(self.rows, self.wanted, self.ask) if kind == "duplicates" else page.records
        shaped = list(map(shape_of(self.generation), records))
        return answer | {"data": mixed_up(shaped, fault) if fault else shaped}

    def _emptied(self) -> Record:
        """No records, and in `next_page` the way back to this very place."""
        here = sealed(self.ask.key or TOP)
        return {"data": [], "first_id": None, "has_more": True, "last_id": None, "next_page": here}


def mixed_up(records: list[Any], fault: Fault) -> list[Any]:
    """The records shuffled, or with garbage in place of one: a text, the next time an object without id."""
    if fault.kind == "shuffle":
        return records[1::2] + records[::2]
    if fault.kind != "malformed":
        return records
    middle = len(records) // 2
    garbage = "garbage" if fault.used % 2 else {"type": "garbage"}
    return [*records[:middle], garbage, *records[middle + 1 :]]


def list_request(
    world: World, endpoint: str, query: Query, generation: Generation, *, strict: bool
) -> ListRequest:
    """A request for `deployments` or `deployment_runs`; raises Refusal for a parameter it cannot use."""
    place = ask(query, generation)
    if endpoint == "deployments":
        return ListRequest(world.deployment_rows(), deployment_filter(query, generation), place, generation)
    wanted = run_filter(query, generation, refuse_removed=strict)
    return ListRequest(world.run_rows(), wanted, place, generation)
