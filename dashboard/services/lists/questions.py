"""The question that a page is asked, read from its query string."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from dashboard import filters
from dashboard.filters import Query, Vocabulary
from dashboard.services.lists import typed_names

_ONE_ORDER = ("sort", "limit")  # what a file without pages decides itself
_QUESTIONS: dict[str, Callable[..., Query]] = {
    "runs": filters.runs,
    "runs.atom": partial(filters.runs, path="/runs.atom", without=_ONE_ORDER),
    "runs.csv": partial(filters.runs, path="/runs.csv"),
    "runs.json": partial(filters.runs, path="/runs.json"),
    "runs of a deployment": filters.runs_of_deployment,
    "failures": filters.failures,
    "failure": filters.failure,
    "failures.csv": partial(filters.failures, path="/failures.csv"),
    "failures.json": partial(filters.failures, path="/failures.json"),
    "deployments": filters.deployments,
    "deployments.csv": partial(filters.deployments, path="/deployments.csv"),
    "deployments.json": partial(filters.deployments, path="/deployments.json"),
    "metrics": partial(filters.deployments, path="/metrics"),
    "calendar": filters.calendar,
    "timeline": filters.timeline,
    "handover": filters.handover,
    "handover.md": partial(filters.handover, path="/handover.md"),
    "past": filters.past,
    "wallboard": filters.wallboard,
}


def read_question(page: str, given: Any, words: Vocabulary, **where: str) -> Query:
    """What a page is asked for.

    page: one of the table above; given: Django's `QueryDict`
    words: what each parameter may be, and the instant of the request
    where: the `path` of the page, where that holds an id
    """
    return typed_names.named(_QUESTIONS[page](given, words, **where))


def in_words(query: Query) -> str:
    """What a list is asked for, as a page names it: `Runs: status failed`, or `All runs`."""
    noun = query.path.strip("/")
    return f"{noun.capitalize()}: {query.words}" if query.words else f"All {noun}"
