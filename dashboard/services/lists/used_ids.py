"""Agents and environments: ids without a name, which a reader knows by the deployments that use them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Count, F, Min, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from dashboard.domain.text import shortened
from dashboard.models import Deployment
from dashboard.web.components import Choice

LONGEST = 40  # characters of a deployment's name


def labels_of(column: str, ids: Collection[str]) -> dict[str, str]:
    """What these ids are called: each with the deployments that use it.

    column: `agent_id` or `environment_id`
    """
    return {id_: f"{id_} ({users})" for id_, users in users_of(column, ids).items()}


def users_of(column: str, ids: Iterable[str]) -> dict[str, str]:
    """The first deployment by name that uses each id, and how many others do."""
    called = Coalesce(NullIf("name", Value("")), F("deployment_id"))
    rows = Deployment.objects.filter(**{f"{column}__in": ids}).order_by().values(column)
    counted = rows.annotate(first=Min(called), n=Count("pk")).values_list(column, "first", "n")
    return {
        id_: shortened(name, LONGEST) + (f" and {n - 1:,} more" if n > 1 else "") for id_, name, n in counted
    }


def meant_by(column: str, text: str) -> list[str]:
    """The ids that a text may mean: that id, else those of deployments of that name, else what contains it.

    What a page writes after an id, its version or what uses it, says nothing more. An id that nothing uses
    now is an id as well, since runs keep the one that they had.
    """
    for rule in (Q(**{column: text}), Q(name__iexact=text), Q(**{column: text.partition(" ")[0]})):
        if ids := list(_ids(column, rule)):
            return ids
    return list(_ids(column, _containing(column, text))) or ([text] if text.isprintable() else [])


def offered(column: str, text: str, most: int) -> tuple[list[Choice], int]:
    """The first ids that have a text in them, or in the name of a deployment; and how many there are."""
    matching = _ids(column, _containing(column, text) if text else Q())
    first = list(matching[:most])
    users = users_of(column, first)
    return [Choice(id_, id_, users[id_]) for id_ in first], matching.count()


def _ids(column: str, rule: Q) -> QuerySet[Deployment, str]:
    used = Deployment.objects.filter(rule).exclude(**{column: ""})
    return used.order_by(column).values_list(column, flat=True).distinct()


def _containing(column: str, text: str) -> Q:
    return Q(**{f"{column}__icontains": text}) | Q(name__icontains=text)
