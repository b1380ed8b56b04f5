"""Deployments by name: what a page calls them, which ones a typed text means, and which ones it offers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet

from dashboard.domain.states import Health
from dashboard.domain.text import shortened
from dashboard.filters import NO_DEPLOYMENT
from dashboard.models import Deployment, Key, Run
from dashboard.web.components import Choice

LONGEST = 80  # characters of a name in a chip, a title or a choice
Named = tuple[str, str, str]  # the account, the id and the name of a deployment


def labels_of(ids: Collection[str]) -> dict[str, str]:
    """What the deployments with these ids are called; one that has not been read is left out."""
    names = Deployment.objects.filter(deployment_id__in=ids).exclude(name="").values("name")
    asked = Deployment.objects.filter(Q(deployment_id__in=ids) | Q(name__in=names))
    every = labels(asked.values_list("account", "deployment_id", "name"))
    return {id_: label for id_, label in every.items() if id_ in ids}


def labels(deployments: Iterable[Named]) -> dict[str, str]:
    """What deployments are called, by id: those of one name with their account as well, or else their id."""
    known = list(deployments)
    sharing: dict[str, set[Key]] = defaultdict(set)
    for account, id_, name in known:
        sharing[name or id_].add((account, id_))
    called: dict[str, set[str]] = defaultdict(set)
    for account, id_, name in known:
        called[id_].add(_label(account, id_, name or id_, sharing[name or id_]))
    return {id_: " or ".join(sorted(words)) for id_, words in called.items()}


def _label(account: str, id_: str, name: str, sharing: Collection[Key]) -> str:
    text = shortened(name, LONGEST)
    if len({other for _, other in sharing}) == 1:
        return text
    accounts = [other for other, _ in sharing]
    return f"{text} ({account if len(set(accounts)) == len(accounts) else id_})"


def meant_by(text: str) -> list[str]:
    """The ids that a text may mean: that id, else those of that name, else those that contain it."""
    if Run.objects.filter(deployment_id=text).exists():
        return [text]  # perhaps of a deployment that has not been read
    for rule in (Q(deployment_id=text), Q(name=text), Q(name__iexact=text)):
        if ids := _ids(Deployment.objects.filter(rule)):
            return ids
    if ids := _ids(Deployment.objects.containing(text)) or _labelled(text):
        return ids
    return [NO_DEPLOYMENT] if text.casefold() == NO_DEPLOYMENT else []


def offered(text: str, most: int) -> tuple[list[Choice], int]:
    """The first deployments by name that have a text in their id or name, and how many there are."""
    matching = Deployment.objects.containing(text) if text else Deployment.objects.all()
    by_name = matching.order_by("name", "pk")
    rows = by_name.values_list("deployment_id", "archived_at", "gone_at")[:most]
    notes = {id_: "gone" if gone else Health.ARCHIVED if archived else "" for id_, archived, gone in rows}
    called = labels_of(list(notes))
    return [Choice(id_, called[id_], note) for id_, note in notes.items()], matching.count()


def _ids(deployments: QuerySet[Deployment]) -> list[str]:
    """Each id once, by name."""
    return list(dict.fromkeys(deployments.order_by("name", "pk").values_list("deployment_id", flat=True)))


def _labelled(text: str) -> list[str]:
    """Those that pages call so to tell them from others of their name: `Nightly (second)`."""
    name, _, which = text.removesuffix(")").rpartition(" (")
    return _ids(Deployment.objects.filter(Q(account=which) | Q(deployment_id=which), name=name or None))
