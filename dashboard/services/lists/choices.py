"""The controls that choose among what has been read: selects, or fields where a select would be too long."""

from __future__ import annotations

from dashboard.filters import TYPED_DEPLOYMENT, Query
from dashboard.models import Deployment
from dashboard.services.lists import deployment_names, listing
from dashboard.services.lists.deployment_names import IDS
from dashboard.web.components import Control

MOST_OPTIONS = 500  # choices of one select


def deployment_control(query: Query) -> tuple[Control, ...]:
    """The choice of deployments, on a page that can be asked for one; among very many one is typed."""
    if not query.asks(IDS):
        return ()
    columns = Deployment.objects.order_by("name", "pk").values_list("account", "deployment_id", "name")
    known = list(columns[: MOST_OPTIONS + 1])
    if len(known) <= MOST_OPTIONS:
        options = deployment_names.labels(known).items()
        return (listing.select(query, IDS, "All deployments", options),)
    typed = [ignored.value for ignored in query.ignored if ignored.name == TYPED_DEPLOYMENT]
    chosen = [deployment_names.text_of(id_) for id_ in query.many(IDS)]
    label = "Deployment: name or id"
    field = Control("text", TYPED_DEPLOYMENT, label, (*chosen, *typed), placeholder=label, parameter=IDS)
    return (field,)


def id_control(query: Query, name: str, label: str, typed: str, *, more: bool = False) -> tuple[Control, ...]:
    """The choice of agents or environments, on a page that can be asked for one.

    label: of all of them; typed: what is typed where there are very many
    """
    if not query.asks(name):
        return ()
    values = Deployment.objects.exclude(**{name: ""}).order_by(name).values_list(name, flat=True)
    known = list(values.distinct()[: MOST_OPTIONS + 1])
    if len(known) > MOST_OPTIONS:
        return (listing.text(query, name, typed, typed, more=more),)
    return (listing.select(query, name, label, ((value, value) for value in known), more=more),)
