"""What was typed for a deployment, an agent or an environment: ids take its place, and have a name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dashboard.filters import Query
from dashboard.filters.fields import Field
from dashboard.services.lists.references import REFERENCES, Reference
from dashboard.web.components import ChoiceLink

MOST_CHOICES = 5  # of those that may have been meant; the rest is counted


def named(query: Query) -> Query:
    """The same query, in which ids are called by name; what was typed for one is resolved."""
    for field, reference in _typed(query):
        query = _resolved(query, field, reference)
    labels = {
        (field.names, id_): label
        for field, reference in _typed(query)
        if (ids := query.many(field.names))
        for id_, label in reference.labels_of(ids).items()
    }
    return query.with_labels(labels) if labels else query


def _typed(query: Query) -> Iterator[tuple[Field, Reference]]:
    """The parameters of a page that take a name, and what of."""
    return ((field, REFERENCES[field.name]) for field in query.fields if field.names)


def _resolved(query: Query, field: Field, reference: Reference) -> Query:
    """The ids of what was typed in place of it; what means none or several of them is named as ignored."""
    typed = {text: reference.meant_by(text) for text in query.many(field.name)}
    if not typed:
        return query
    chosen = {*query.many(field.names), *(ids[0] for ids in typed.values() if len(ids) == 1)}
    ids_only = query.with_values(**{field.name: "", field.names: sorted(chosen)})
    resolved = replace(query, values=ids_only.values)
    for text, ids in typed.items():
        if len(ids) != 1:
            why = f"{len(ids):,} {reference.plural} may be meant" if ids else reference.nothing
            choices = _choices(resolved, field, reference, text, ids)
            resolved = resolved.dropping(field.name, text, why, choices)
    return resolved


def _choices(
    query: Query, field: Field, reference: Reference, text: str, ids: Sequence[str]
) -> tuple[ChoiceLink, ...]:
    """The same list of each of the first that may be meant, and the list of all of them."""
    first = ids[:MOST_CHOICES]
    called = reference.labels_of(first)
    chosen = query.many(field.names)
    links = [ChoiceLink(called[id_], query.url(**{field.names: [*chosen, id_]})) for id_ in first]
    rest = reference.all_that(text) if len(ids) > MOST_CHOICES else ""
    return (*links, *([ChoiceLink("all of them", rest)] if rest else []))
