"""Deployments by name: what a page calls those that it is asked for, and which ones a typed text means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from django.db.models import Q, QuerySet

from dashboard.domain.text import shortened
from dashboard.filters import NO_DEPLOYMENT, TYPED_DEPLOYMENT, Query, ask_deployments
from dashboard.models import Deployment, Key, Run
from dashboard.web.components import ChoiceLink

LONGEST = 80  # characters of a name in a chip, a title or a choice
MOST_CHOICES = 5  # of those that may have been meant; the rest is counted
IDS = "deployment_id"
_NOBODY = "no deployment has this id or name, or has it in its name"
Named = tuple[str, str, str]  # the account, the id and the name of a deployment


def named(query: Query) -> Query:
    """The same query, in which deployments are called by name; what was typed for one is resolved."""
    query = _resolved(query)
    ids = query.many(IDS)
    return query.with_labels({(IDS, id_): label for id_, label in labels_of(ids).items()}) if ids else query


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


def text_of(id_: str) -> str:
    """What somebody types to mean just that deployment: its name, or its id where others have that name."""
    names = Deployment.objects.filter(deployment_id=id_).values_list("name", flat=True)
    usable = (name for name in names if name and name == " ".join(name.split()))
    return next((name for name in usable if meant_by(name) == [id_]), id_)


def _ids(deployments: QuerySet[Deployment]) -> list[str]:
    """Each id once, by name."""
    return list(dict.fromkeys(deployments.order_by("name", "pk").values_list("deployment_id", flat=True)))


def _resolved(query: Query) -> Query:
    """The ids of what was typed in place of it; what means none or several of them is named as ignored."""
    typed = {text: meant_by(text) for text in query.many(TYPED_DEPLOYMENT)}
    if not typed:
        return query
    chosen = {*query.many(IDS), *(ids[0] for ids in typed.values() if len(ids) == 1)}
    ids_only = query.with_values(**{TYPED_DEPLOYMENT: "", IDS: sorted(chosen)})
    resolved = replace(query, values=ids_only.values)
    for text, ids in typed.items():
        if len(ids) != 1:
            why = f"{len(ids):,} deployments may be meant" if ids else _NOBODY
            resolved = resolved.dropping(TYPED_DEPLOYMENT, text, why, _choices(resolved, text, ids))
    return resolved


def _choices(query: Query, text: str, ids: Sequence[str]) -> tuple[ChoiceLink, ...]:
    """The same list of each of the first that may be meant, and the list of all of them."""
    first = ids[:MOST_CHOICES]
    called = labels_of(first)
    links = [ChoiceLink(called[id_], query.url(**{IDS: [*query.many(IDS), id_]})) for id_ in first]
    rest = ask_deployments(q=text, include_archived="true").here
    return (*links, *([ChoiceLink("all of them", rest)] if len(ids) > MOST_CHOICES else []))


def _labelled(text: str) -> list[str]:
    """Those that pages call so to tell them from others of their name: `Nightly (second)`."""
    name, _, which = text.removesuffix(")").rpartition(" (")
    return _ids(Deployment.objects.filter(Q(account=which) | Q(deployment_id=which), name=name or None))
