"""The parameters of each list, in the order in which an address gives them, and the words that some take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from dashboard.domain.metadata import METADATA
from dashboard.domain.states import (
    HEALTH_ALSO_CALLED,
    HEALTH_LABELS,
    OUTCOME_LABELS,
    RUN_TIME_ALSO_CALLED,
    Health,
    RunTime,
)
from dashboard.filters import timespans
from dashboard.filters.fields import Field, agent, duration, free, number, opaque, span, truth, word

PAGE_SIZES = (20, 50, 100, 200)
LIMIT = Field("limit", number(10, 200), default="50", chip=False)

RUN_SORTS = ("-triggered_at", "triggered_at", "-duration", "duration")
FAILURE_SORTS = ("-last_seen", "last_seen", "-runs", "runs", "-first_seen", "first_seen")
DEPLOYMENT_SORTS = (
    *("health", "-health", "name", "-name", "-last_run", "last_run"),
    *("-last_success", "last_success", "next_run", "-next_run"),
)
SCHEDULES = {  # how often a schedule fires, and what pages call that
    "minutes": "more than hourly",
    "hours": "hourly or more",
    "daily": "daily",
    "weekly": "weekly",
    "rarely": "more rarely",
    "manual": "by hand only",
}
HANDOVER_SECTIONS = (  # the kinds of what may have happened
    *("newly-failing", "other-trouble", "still-failing", "no-longer-failing"),
    *("first-errors", "promises", "definitions", "notes"),
)
FOLDED = "folded"  # the value of `retries` that leaves out tries which a later one repeats
# Before a parameter of the list of deployments: the runs of those that this list would show.
OF_DEPLOYMENTS = "deployment_"
# By its name, as somebody types it: whoever knows the deployments puts ids in its place.
TYPED_DEPLOYMENT, TYPED_AGENT, TYPED_ENVIRONMENT = "deployment", "agent", "environment"
_HEALTH = word(Health.ORDER, HEALTH_LABELS, HEALTH_ALSO_CALLED, explained=True)


class Vocabulary(Protocol):
    """The words that mean something in a question, some of them the API's own, and its instant."""

    @property
    def now(self) -> datetime:
        """What relative times are resolved against, in the reader's zone."""

    @property
    def accounts(self) -> Collection[str]:
        """What the accounts are called."""

    @property
    def statuses(self) -> Collection[str]:
        """Outcomes of runs."""

    @property
    def triggers(self) -> Collection[str]:
        """What may start a run."""

    @property
    def deployment_statuses(self) -> Collection[str]:
        """The API's own statuses of deployments."""

    @property
    def metadata_keys(self) -> Collection[str]:
        """The keys of deployments' metadata that are listed."""


@dataclass(frozen=True)
class _NoWords:
    """The vocabulary of a question whose values need no reading."""

    now: datetime
    accounts: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    deployment_statuses: tuple[str, ...] = ()
    metadata_keys: tuple[str, ...] = ()


NO_WORDS = _NoWords(datetime.min.replace(tzinfo=UTC))


def words_for(names: Iterable[str]) -> Vocabulary:
    """The vocabulary of a question whose values need no reading, and whose parameters have these names."""
    keys = (name.partition(METADATA)[2] for name in names if METADATA in name)
    return replace(NO_WORDS, metadata_keys=tuple(keys))


GROUP = "group"  # by which listed key of metadata deployments stand together
AS_THEY_ARE = ("account", "deployment_id")  # parameters of deployments that are also those of runs


def run_fields(words: Vocabulary) -> tuple[Field, ...]:
    """The parameters of the list of runs."""
    return (
        Field("account", word(words.accounts), many=True),
        Field("deployment_id", opaque, many=True),
        *(_within_runs(field) for field in _of_any_words(words) if field.name not in AS_THEY_ARE),
        Field("status", word(words.statuses, OUTCOME_LABELS), many=True),
        Field("trigger_type", word(words.triggers), many=True),
        Field("time", word(RunTime.ALL, also=RUN_TIME_ALSO_CALLED), many=True),
        Field("has_error", truth),
        Field("agent_id", agent, many=True),
        Field("q", free),
        *_span(words.now),
        Field("min_duration", duration),
        Field("retries", word((FOLDED,))),
        Field("error", opaque, many=True),
        Field("fingerprint", opaque, many=True),
        *_typed(deployment="deployment_id", agent="agent_id", environment=OF_DEPLOYMENTS + "environment_id"),
        Field("sort", word(RUN_SORTS), default=RUN_SORTS[0], chip=False),
        LIMIT,
    )


def _of_any_words(words: Vocabulary) -> tuple[Field, ...]:
    """The parameters that choose deployments, of which another list need not know the words."""
    return deployment_fields(replace(NO_WORDS, metadata_keys=tuple(words.metadata_keys)))


def failure_fields(words: Vocabulary, *, since: str = "") -> tuple[Field, ...]:
    """The parameters that choose failed runs; since: what they begin at where nothing is asked for."""
    return (
        Field("account", word(words.accounts), many=True),
        Field("deployment_id", opaque, many=True),
        Field("agent_id", agent, many=True),
        Field("q", free),
        *_span(words.now, since),
        Field("error", opaque, many=True),
        *_typed(deployment="deployment_id", agent="agent_id"),
    )


def failure_list_fields(words: Vocabulary) -> tuple[Field, ...]:
    """The parameters of the list of kinds of failure, about the last week if nothing else is asked."""
    order = Field("sort", word(FAILURE_SORTS), default=FAILURE_SORTS[0], chip=False)
    return (*failure_fields(words, since="7d"), order, LIMIT)


def handover_fields(words: Vocabulary) -> tuple[Field, ...]:
    """The parameters of a hand-over: which deployments, from when on and until when.

    all: the kind of which every line is shown, not only the first ones
    """
    whole = Field("all", word(HANDOVER_SECTIONS), chip=False)
    return (*deployment_fields(words), *TYPED_OF_DEPLOYMENTS, *_span(words.now), whole)


def _typed(**names: str) -> Iterator[Field]:
    """The parameters that take a name in place of an id, and those that hold the ids."""
    return (Field(name, free, many=True, chip=False, names=ids) for name, ids in names.items())


def _span(now: datetime, since: str = "") -> Iterator[Field]:
    """From when on and until when; since: what it begins at where nothing is asked for."""
    for name, resolve in (("since", timespans.since), ("until", timespans.until)):
        in_form = partial(timespans.in_form, now=now, resolve=resolve)
        yield Field(name, span(resolve, now), default=since if name == "since" else "", in_form=in_form)


def _within_runs(field: Field) -> Field:
    """A parameter of the list of deployments, as the list of runs takes it."""
    reader = opaque if field.name == "status" else field.read
    return replace(field, name=OF_DEPLOYMENTS + field.name, default="", read=reader, of_deployments=field)


def deployment_list_fields(words: Vocabulary) -> tuple[Field, ...]:
    """The parameters of the list of deployments, and of pages that show some of it."""
    order = Field("sort", word(DEPLOYMENT_SORTS), default=DEPLOYMENT_SORTS[0], chip=False)
    keys = tuple(words.metadata_keys)
    group = (Field(GROUP, word(keys), chip=False),) if keys else ()
    return (*deployment_fields(words), *TYPED_OF_DEPLOYMENTS, *group, order, LIMIT)


def deployment_fields(words: Vocabulary) -> tuple[Field, ...]:
    """The parameters that choose deployments, on every page that shows them."""
    return (
        Field("account", word(words.accounts), many=True),
        Field("deployment_id", opaque, many=True),
        Field("status", word(words.deployment_statuses), many=True),
        Field("include_archived", truth, default="false"),
        Field("agent_id", agent, many=True),
        Field("environment_id", opaque, many=True),
        Field("q", free),
        Field("health", _HEALTH, many=True),
        Field("schedule", word(SCHEDULES, SCHEDULES), many=True),
        Field("frequent", truth),
        *(Field(METADATA + key, opaque, many=True) for key in words.metadata_keys),
    )


TYPED_OF_DEPLOYMENTS = tuple(
    _typed(deployment="deployment_id", agent="agent_id", environment="environment_id")
)
