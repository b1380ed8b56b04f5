"""What a deployment needs somebody for, as alerts and acknowledgements name it: one rule for both."""

from __future__ import annotations

from dashboard.domain import acknowledgements
from dashboard.domain.fingerprints import fingerprint
from dashboard.domain.tokens import mask_tokens
from dashboard.models import Deployment
from dashboard.models.deployment_queries import DeploymentQuerySet
from dashboard.models.failure_kind import last_failure_kind


def with_kinds(rows: DeploymentQuerySet) -> DeploymentQuerySet:
    """Those deployments, each with the kind of its last failure, and without its record."""
    return rows.defer("record_json").annotate(kind=last_failure_kind())


def kind_of(row: Deployment) -> str:
    """The fingerprint of the last failure of a deployment that was read `with_kinds`.

    Worked out from its error where that run is not kept any more.
    """
    stored: str | None = vars(row)["kind"]
    return stored or fingerprint(row.last_error_type, mask_tokens(row.last_error_message))


def cause_of(row: Deployment) -> str | None:
    """What a deployment needs somebody for; empty for nothing, None where that is not known."""
    return acknowledgements.cause(row.health, kind_of(row))
