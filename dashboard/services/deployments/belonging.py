"""Whom deployments belong to, as their own metadata says: the values of listed keys, and the runbook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings

from dashboard.domain.metadata import METADATA, RUNBOOK, web_link
from dashboard.filters import ask_deployments
from dashboard.models import Deployment, Key, MetadataValue


@dataclass(frozen=True)
class OwnValue:
    """What the metadata of a deployment has for a listed key.

    url: the list of the deployments with that value; of a runbook where it is, empty where it is no address
    outside: whether that leads to another site
    """

    key: str
    value: str
    url: str
    outside: bool = False


def belonging(deployment: Deployment) -> tuple[OwnValue, ...]:
    """The values of a deployment as a page shows them, in the order in which the keys are listed."""
    values = deployment.own_values(settings.METADATA_KEYS)
    return tuple(_own_value(key, values[key]) for key in settings.METADATA_KEYS if key in values)


def runbook(belongs: Iterable[OwnValue]) -> OwnValue | None:
    """Where its metadata says what to do when a deployment fails; None where it says nothing."""
    return next((value for value in belongs if value.key == RUNBOOK), None)


def own_values(keys: Iterable[Key]) -> Mapping[Key, Mapping[str, str]]:
    """The values of many deployments by listed key, in one query; in none where no key is listed."""
    values: dict[Key, dict[str, str]] = defaultdict(dict)
    if settings.METADATA_KEYS:
        listed = MetadataValue.objects.filter(key__in=settings.METADATA_KEYS).for_deployments(keys)
        for account, id_, key, value in listed.values_list("account", "deployment_id", "key", "value"):
            values[account, id_][key] = value
    return values


def _own_value(key: str, value: str) -> OwnValue:
    if key == RUNBOOK:
        leads = web_link(value)
        return OwnValue(key, value, leads, outside=bool(leads))
    return OwnValue(key, value, ask_deployments(**{METADATA + key: value}).here)
