"""How each deployment stood at an instant, as it had been judged until then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Subquery

from dashboard.domain.states import Health, Outcome
from dashboard.models import DefinitionChange, Deployment, HealthChange, Key, Run
from dashboard.models.deployment_queries import DeploymentQuerySet
from dashboard.models.latest_per_deployment import latest
from dashboard.models.run_queries import outcome_known_by
from dashboard.services.lists import badges
from dashboard.web import urls
from dashboard.web.components import Badge

_NAME = "name"  # the word of a change of definition that gave a deployment another name


@dataclass(frozen=True)
class StoodThen:
    """A deployment as it stood. since: when it came to that; None where nobody knew what was before."""

    pk: int
    account: str
    deployment_id: str
    name: str
    health: str
    since: datetime | None

    @property
    def key(self) -> Key:
        """Which deployment it is."""
        return self.account, self.deployment_id

    @property
    def badge(self) -> Badge:
        """Its health, in the word for several deployments: the API's own word for it is not kept."""
        return badges.of_many(self.health)

    @property
    def url(self) -> str:
        """The page of the deployment."""
        return urls.deployment(self.deployment_id, self.account)


def stood(at: datetime, deployments: DeploymentQuerySet, healths: Iterable[str] = ()) -> list[StoodThen]:
    """The deployments that had been judged by an instant, worst first, but for archived ones.

    healths: those that are asked for; all where none is named. Four queries, whatever is stored
    """
    newest = HealthChange.objects.of_outer_deployment().filter(at__lte=at).order_by("-at", "-pk")
    named = deployments.order_by().values_list(
        "account", "deployment_id", "pk", "name", Subquery(newest.values("pk")[:1])
    )
    rows = {(account, id_): (pk, name, change) for account, id_, pk, name, change in named if change}
    standing = HealthChange.objects.filter(
        Q(until_at=None) | Q(until_at__gt=at), pk__in=[change for *_, change in rows.values()]
    )
    wanted, names = {*healths} or {*Health.ORDER} - {Health.ARCHIVED}, _former_names(at)
    shown = []
    for row in standing:
        if row.after in wanted:
            pk, name, _ = rows[row.key]
            since = row.at if row.before not in ("", Health.UNREAD) else None
            shown.append(StoodThen(pk, *row.key, names.get(row.key) or name or row.key[1], row.after, since))
    return sorted(shown, key=lambda row: (Health.ORDER.index(row.health), row.name, row.key))


def last_failures(rows: Iterable[StoodThen], at: datetime) -> Mapping[Key, Run]:
    """Of each of these that was failing, the newest failed run that had been read by then; two queries."""
    failing = [Deployment(pk=row.pk) for row in rows if row.health == Health.FAILING]
    runs = Run.objects.filter(outcome_known_by(at), at__lte=at, first_read_at__lte=at)
    return {key: run for key, [run] in latest(runs, failing, 1, status=Outcome.FAILED).items()}


def _former_names(at: datetime) -> Mapping[Key, str]:
    """What deployments were called that have another name since."""
    later = DefinitionChange.objects.filter(seen_at__gt=at).order_by("-seen_at", "-pk")
    changes = later.values_list("account", "deployment_id", "pk", "words")
    first = {(account, id_): pk for account, id_, pk, words in changes if _NAME in words}
    former = DefinitionChange.objects.in_bulk(first.values())
    return {key: str(former[pk].before.get("name") or key[1]) for key, pk in first.items() if pk in former}
