"""What a filter refers to by an id: deployments, agents and environments, each found by name as well."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from dashboard.filters import ask_deployments
from dashboard.filters.parameters import TYPED_AGENT, TYPED_DEPLOYMENT, TYPED_ENVIRONMENT
from dashboard.services.lists import deployment_names, used_ids
from dashboard.web.components import Choice

MOST = 20  # choices that are offered at once; the others are found by typing


@dataclass(frozen=True)
class Reference:
    """One of the three.

    name: the parameter that takes a name in place of an id
    everything: what a control says where none is chosen; nothing: why a text means none of them
    """

    name: str
    label: str
    everything: str
    nothing: str
    labels_of: Callable[[Collection[str]], dict[str, str]]
    meant_by: Callable[[str], list[str]]
    offered: Callable[[str, int], tuple[list[Choice], int]]

    @property
    def plural(self) -> str:
        """Several of them, in words."""
        return f"{self.name}s"

    def all_that(self, text: str) -> str:
        """The list of deployments that shows all that a text may mean."""
        return ask_deployments(q=text, include_archived="true").here if self.name == TYPED_DEPLOYMENT else ""


@dataclass(frozen=True)
class Offer:
    """What somebody may choose from who has typed a text, and how much more there is."""

    reference: Reference
    choices: list[Choice]
    text: str


def offer(reference: Reference, text: str) -> Offer:
    """The first of all that contain that text, in a sentence how many there are."""
    choices, total = reference.offered(text, MOST)
    noun = reference.plural if total != 1 else reference.name
    if not total:
        return Offer(reference, [], f"No {reference.name} has that in its id or in a name")
    more = f"The first {MOST} of {total:,} {noun}: type to find others"
    return Offer(reference, choices, more if total > MOST else f"{total:,} {noun}")


def _of_column(name: str, label: str) -> Reference:
    column = f"{name}_id"
    return Reference(
        name,
        label,
        f"Any {name}",
        f"no {name} has this id",
        partial(used_ids.labels_of, column),
        partial(used_ids.meant_by, column),
        partial(used_ids.offered, column),
    )


REFERENCES = {
    TYPED_DEPLOYMENT: Reference(
        TYPED_DEPLOYMENT,
        "Deployment",
        "All deployments",
        "no deployment has this id or name, or has it in its name",
        deployment_names.labels_of,
        deployment_names.meant_by,
        deployment_names.offered,
    ),
    TYPED_AGENT: _of_column(TYPED_AGENT, "Agent"),
    TYPED_ENVIRONMENT: _of_column(TYPED_ENVIRONMENT, "Environment"),
}
