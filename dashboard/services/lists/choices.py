"""The controls that choose deployments, agents and environments: a page carries only what is in force."""

from __future__ import annotations

from django.urls import reverse

from dashboard.domain.metadata import METADATA
from dashboard.domain.text import shortened
from dashboard.filters import Query
from dashboard.services.lists.references import REFERENCES, Reference, reference_named
from dashboard.web.components import Control, Option

_LONGEST = 80  # characters of what is chosen


def controls(query: Query, *names: str, more: tuple[str, ...] = ()) -> tuple[Control, ...]:
    """Those controls, as far as a page can be asked for what they choose.

    names: of `REFERENCES`; more: which of them are kept behind the button for more filters
    """
    asked = {field.name: field.names for field in query.fields if field.names}
    return tuple(
        _control(query, name, REFERENCES[name], asked[name], more=name in more)
        for name in (*names, *more)
        if name in asked
    )


def metadata_controls(query: Query) -> tuple[Control, ...]:
    """A control for each listed key of metadata, behind the button for more filters."""
    names = (field.name for field in query.fields)
    keyed = ((name, reference_named(name)) for name in names if name.startswith(METADATA))
    return tuple(_control(query, name, reference, name, more=True) for name, reference in keyed if reference)


def _control(query: Query, name: str, reference: Reference, parameter: str, *, more: bool) -> Control:
    chosen = tuple(
        Option(id_, shortened(query.label(parameter, id_), _LONGEST), selected=True)
        for id_ in query.many(parameter)
    )
    several = f"{len(chosen)} selected" if chosen else reference.everything
    return Control(
        "choices",
        name,
        reference.label,
        tuple(ignored.value for ignored in query.ignored if ignored.name == name),
        chosen,
        placeholder=chosen[0].text if len(chosen) == 1 else several,
        more=more,
        parameter=parameter,
        choices_url=reverse("choices", args=[name]),
    )
