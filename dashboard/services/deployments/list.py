"""The deployments page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dashboard.domain.states import Health
from dashboard.filters import Query, Vocabulary
from dashboard.filters.parameters import SCHEDULES
from dashboard.models import Deployment
from dashboard.models.deployment_queries import DeploymentQuerySet
from dashboard.services.deployments import groups
from dashboard.services.deployments.rows import DeploymentRow, rows
from dashboard.services.lists import badges, choices, listing
from dashboard.services.lists.listing import Listing
from dashboard.services.lists.paging import Key, Order
from dashboard.services.status.snapshot import Snapshot
from dashboard.web.components import ChoiceLink, Control, Count, Sort

_APART = (Key("name"), Key("deployment_id"), Key("id", int))


def _timed(name: str, column: str, *, descending: bool) -> Order:
    return Order(name, (Key(column, datetime, descending=descending, nullable=True), *_APART))


ORDERS = {
    order.name: order
    for order in (
        Order(
            "health",
            (
                Key("health_rank", int),
                Key("streak", int, descending=True),
                Key("next_run_at", datetime, nullable=True),
                *_APART,
            ),
        ),
        Order("-health", (Key("health_rank", int, descending=True), *_APART)),
        Order("name", _APART),
        Order("-name", tuple(Key(key.column, key.kind, descending=True) for key in _APART)),
        _timed("-last_run", "last_run_at", descending=True),
        _timed("last_run", "last_run_at", descending=False),
        _timed("-last_success", "last_success_at", descending=True),
        _timed("last_success", "last_success_at", descending=False),
        _timed("next_run", "next_run_at", descending=False),
        _timed("-next_run", "next_run_at", descending=True),
    )
}


def list_deployments(query: Query, snapshot: Snapshot) -> Listing[DeploymentRow]:
    """The page of deployments that a query asks for."""
    counts = {health: Count(number) for health, number in health_counts(query).items()}
    asked = query
    query, page = listing.page_of(groups.grouped(matching(query), query), orders(query), query)
    return Listing(
        filter=query,
        rows=_with_headings(rows(page.rows, snapshot), page.rows, asked),
        count=listing.chosen_count(query, "health", counts),
        total=listing.total(counts.values()),
        pills=listing.pills(query, "health", counts, badges.health),
        sorts=_sorts(query),
        pager=listing.pager(query, page),
        controls=controls(query, snapshot),
        exports=listing.exports(query),
        beside=(ChoiceLink("Timeline", query.of("/timeline/", "limit")),),
    )


def orders(query: Query) -> dict[str, Order]:
    """The orders of the list by name, within the groups that a query asks for."""
    return {name: groups.in_groups(order, query) for name, order in ORDERS.items()}


def health_counts(query: Query) -> dict[str, int]:
    """How many deployments a query would show of each health, whichever it asks for, worst first."""
    shown = query.with_values(health="")
    if Health.ARCHIVED in query.many("health"):
        shown = shown.with_values(include_archived="true")
    return matching(shown).health_counts()


def matching(query: Query) -> DeploymentQuerySet:
    """The deployments that a query means, in no order."""
    return Deployment.objects.matching(query)


def _with_headings(
    shown: list[DeploymentRow], deployments: Sequence[Deployment], query: Query
) -> list[DeploymentRow]:
    """The same rows, of each group that is asked for the first with what stands above it."""
    headings = groups.headings(matching(query), query)
    if not headings:
        return shown
    values = [groups.value_of(deployment) for deployment in deployments]
    return [
        replace(row, heading=headings.get(value)) if values.index(value) == place else row
        for place, (row, value) in enumerate(zip(shown, values, strict=True))
    ]


def _sorts(query: Query) -> dict[str, Sort]:
    heads = (
        ("health", "Health", "health", "-health"),
        ("name", "Deployment", "name", "-name"),
        ("last_run", "Last run", "-last_run", "last_run"),
        ("last_success", "Last success", "-last_success", "last_success"),
        ("next_run", "Next run", "next_run", "-next_run"),
    )
    return {key: listing.sort_head(query, word, first=first, then=then) for key, word, first, then in heads}


def controls(query: Query, words: Vocabulary, *references: str) -> tuple[Control, ...]:
    """The controls that choose deployments, for every page that has these filters.

    references: what is chosen by name beside agent and environment
    """
    return (
        listing.search(query, "Name or id"),
        *choices.controls(query, *references, "agent", "environment"),
        listing.select(query, "schedule", "Schedule", "Any schedule", SCHEDULES.items()),
        listing.word(query, "status", "Status", "Any status", words.deployment_statuses, more=True),
        *choices.metadata_controls(query),
        *groups.controls(query, words.metadata_keys),
        Control("check", "include_archived", "Archived ones too", query.many("include_archived"), more=True),
        *listing.accounts(query, words.accounts),
    )
