"""What a filter refers to: deployments, agents, environments, each found by name as well; metadata."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from django.conf import settings

from dashboard.domain.metadata import METADATA
from dashboard.filters import ask_deployments
from dashboard.filters.parameters import TYPED_AGENT, TYPED_DEPLOYMENT, TYPED_ENVIRONMENT
from dashboard.services.lists import deployment_names, metadata_values, used_ids
from dashboard.web.components import Choice

MOST = 20  # choices that are offered at once; the others are found by typing


@dataclass(frozen=True)
class Reference:
    """A deployment, an agent or an environment, or a value in the metadata of deployments.

    sought_in: what of it has to contain a text
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
    sought_in: str = "its id or in a name"

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
        return Offer(reference, [], f"No {reference.name} has that in {reference.sought_in}")
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


def reference_named(name: str) -> Reference | None:
    """What a filter refers to that is called so: one of the three, or a listed key of metadata."""
    key = name.removeprefix(METADATA)
    return _of_metadata(key) if key != name and key in settings.METADATA_KEYS else REFERENCES.get(name)


def _of_metadata(key: str) -> Reference:
    return Reference(
        key,
        key[:1].upper() + key[1:],
        f"Any {key}",
        "",
        lambda values: {value: value for value in values},
        lambda text: [text],
        partial(metadata_values.offered, key),
        sought_in="it",
    )
