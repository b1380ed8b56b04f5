"""The timeline of the fleet: a bar for each deployment, what needs attention first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboard import filters
from dashboard.filters import TIMELINE_SIZES, TIMELINE_SPANS, Query
from dashboard.services.deployments import list as deployment_list
from dashboard.services.lists import badges, listing
from dashboard.services.lists.listing import Listing
from dashboard.services.status.snapshot import Snapshot
from dashboard.services.timeline.axis import AxisLabel, ticks
from dashboard.services.timeline.health_bars import HealthBar, Window, changes_of, health_bar, known_spans
from dashboard.web.components import ChoiceLink, Count, Pager


@dataclass(frozen=True)
class HealthTimeline(Listing[HealthBar]):
    """A page of health bars.

    spans: how much time may be drawn
    """

    spans: tuple[ChoiceLink, ...] = ()
    ticks: tuple[AxisLabel, ...] = ()


def timeline(query: Query, snapshot: Snapshot) -> HealthTimeline:
    """The health bars that a query asks for; the number of queries depends on nothing that is shown."""
    numbers = deployment_list.health_counts(query)
    counts = {health: Count(number) for health, number in numbers.items()}
    matching = deployment_list.matching(query)
    query, page = listing.page_of(matching, deployment_list.ORDERS, query)
    window = Window.up_to(snapshot.now, TIMELINE_SPANS[query.one("span")])
    changes = changes_of(page.rows, window.span.since)
    known = known_spans({row.account for row in page.rows}, window.span.since, snapshot)
    return HealthTimeline(
        filter=query,
        rows=[
            health_bar(row, changes.get(row.key, []), known.get(row.account, []), window) for row in page.rows
        ],
        count=listing.chosen_count(query, "health", counts),
        total=listing.total(counts.values()),
        pills=listing.pills(query, "health", counts, badges.health),
        sorts={},
        pager=_pager(listing.pager(query, page)),
        controls=deployment_list.controls(query, snapshot),
        spans=tuple(
            ChoiceLink(span, query.url(span=span), span == query.one("span")) for span in TIMELINE_SPANS
        ),
        ticks=ticks(window),
        beside=(
            ChoiceLink("List", query.of("/deployments/", "span", "limit")),
            ChoiceLink("Hand-over", _handover_url(query)),
        ),
    )


def _handover_url(query: Query) -> str:
    """What happened in the time that is drawn, to the same deployments."""
    shown = filters.ask_handover(since=query.one("span"))
    kept = {field.name: query.many(field.name) for field in shown.fields if query.many(field.name)}
    return shown.url(**kept)


def _pager(pager: Pager) -> Pager:
    """Without the sizes of longer lists."""
    return replace(pager, sizes=tuple(size for size in pager.sizes if int(size.word) in TIMELINE_SIZES))
