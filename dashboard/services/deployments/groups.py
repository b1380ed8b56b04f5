"""Deployments in groups by a listed key of their metadata: the order, and what stands above each group."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256

from dashboard.domain.metadata import METADATA, no_value
from dashboard.domain.states import Health
from dashboard.filters import Query
from dashboard.filters.parameters import GROUP
from dashboard.models import Deployment
from dashboard.models.deployment_queries import DeploymentQuerySet
from dashboard.services.lists import badges, listing
from dashboard.services.lists.paging import Key, Order
from dashboard.web.components import Badge, Control

MOST_ON_A_WALL = 40
_VALUE = Key("group_value", nullable=True)  # those without the key come last


@dataclass(frozen=True)
class GroupHeading:
    """What stands above a group, of all of it, wherever its rows are.

    id: the same for the same value; worst: its worst health, and how many of it have that
    url: the list of just these
    """

    id: str
    value: str
    number: int
    worst: Badge
    of_worst: int
    url: str


def grouped(rows: DeploymentQuerySet, query: Query) -> DeploymentQuerySet:
    """Those rows, each with the value of the key that a query groups by."""
    key = query.one(GROUP)
    return rows.with_group_value(key) if key else rows


def in_groups(order: Order, query: Query) -> Order:
    """An order within the groups that a query asks for; that order where it asks for none."""
    key = query.one(GROUP)
    return Order(f"{order.name} {METADATA}{key}", (_VALUE, *order.keys)) if key else order


def value_of(deployment: Deployment) -> str | None:
    """The value by which a deployment of `grouped` stands where it does."""
    value: str | None = vars(deployment)["group_value"]
    return value


def controls(query: Query, keys: Collection[str]) -> tuple[Control, ...]:
    """The control of what the list is grouped by, where it can be."""
    if all(field.name != GROUP for field in query.fields):
        return ()
    choices = ((key, key) for key in keys)
    return (listing.select(query, GROUP, "Groups", "No groups", choices, more=True),)


def headings(rows: DeploymentQuerySet, query: Query) -> Mapping[str | None, GroupHeading]:
    """What stands above each group of all those rows, by the value; nothing where none are asked for."""
    key = query.one(GROUP)
    if not key:
        return {}
    healths: dict[str | None, Counter[int]] = defaultdict(Counter)
    for value, rank, number in rows.numbers_by_group(key):
        healths[value][rank] = number
    in_order = sorted(healths, key=lambda value: (value is None, value or ""))
    return {value: _heading(value, healths[value], key, query) for value in in_order}


def wall_headings(
    rows: DeploymentQuerySet, query: Query, places: int
) -> tuple[Query, Mapping[str | None, GroupHeading]]:
    """The same for a wall; where it has no room for them there are none, and the query says so.

    places: how many what needs attention leaves
    """
    above, room = headings(rows, query), max(min(MOST_ON_A_WALL, places), 0)
    if len(above) <= room:
        return query, above
    why = f"there is room for {room} groups, and there are {len(above):,}"
    return query.dropping(GROUP, query.one(GROUP), why), {}


def _heading(value: str | None, ranks: Counter[int], key: str, query: Query) -> GroupHeading:
    called = no_value(key) if value is None else value
    asked = query.with_values(**{GROUP: "", METADATA + key: called})
    return GroupHeading(
        id=f"group-{sha256(called.encode()).hexdigest()[:16]}",
        value=called,
        number=ranks.total(),
        worst=badges.of_many(Health.ORDER[min(ranks)]),
        of_worst=ranks[min(ranks)],
        url=asked.of(query.path),
    )
