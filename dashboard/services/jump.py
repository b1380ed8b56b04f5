"""The jump box: the pages, saved views, deployments, runs, sessions and failures that a text may mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Case, Q, QuerySet, Value, When
from django.urls import reverse

from dashboard import filters
from dashboard.domain.states import Outcome
from dashboard.filters import NO_ERROR_TYPE
from dashboard.models import Deployment, Run, SavedView
from dashboard.services.runs.rows import RunRow, rows
from dashboard.services.status.snapshot import Snapshot
from dashboard.web import formatting, urls

MOST = 10  # matches of one text
_MOST_OF_A_KIND = 5
_LOOKED_AT = 20  # newest runs that a text means, among which those matches are looked for
_PAGES = (
    ("Overview", "overview", "overview"),
    ("Deployments", "deployments", "deployments"),
    ("Runs", "runs", "runs"),
    ("Failures", "failures", Outcome.FAILED),
    ("Calendar", "calendar", "schedule"),
    ("Hand-over", "handover", "schedule"),
    ("Wallboard", "wallboard", "overview"),
    ("Saved views", "saved-views", "search"),
    ("Links", "links", "out"),
)


@dataclass(frozen=True)
class JumpMatch:
    """One thing that a text may mean.

    kind: what it is, in a word; text: what it is called; note: what tells it from others
    """

    kind: str
    text: str
    note: str
    url: str
    glyph: str


@dataclass(frozen=True)
class JumpAnswer:
    """What a text may mean, best first.

    at_once: where its one exact meaning is, an id that one thing has; empty otherwise
    more_url: the list of all runs that it means; empty where nothing is asked
    """

    text: str
    matches: tuple[JumpMatch, ...]
    at_once: str
    more_url: str

    @property
    def summary(self) -> str:
        """How many there are, in a few words."""
        number = len(self.matches)
        return "No match" if not number else "1 match" if number == 1 else f"{number} matches"


def jump(text: str, views: Sequence[SavedView], snapshot: Snapshot) -> JumpAnswer:
    """What a text may mean, in a constant number of queries; without a text, where one can go at all.

    views: the saved views of whoever asks
    """
    places = [*_pages(text), *_saved(text, views)]
    if not text:
        return JumpAnswer("", tuple(places[:MOST]), "", "")
    deployments = list(_deployments(text)[:_MOST_OF_A_KIND])
    runs = _runs(text)
    shown = rows(runs, snapshot)
    failures = _failures([run for run in runs if not _has_id(run, text)])
    matches = [*places, *map(_deployment, deployments), *_of_runs(text, shown), *failures]
    return JumpAnswer(
        text=text,
        matches=tuple(matches[:MOST]),
        at_once=_at_once(text, deployments, shown),
        more_url=filters.ask_runs(q=text).here,
    )


def _pages(text: str) -> Iterator[JumpMatch]:
    for word, route, glyph in _PAGES:
        if word.casefold().startswith(text.casefold()):
            yield JumpMatch("page", word, "", reverse(route), glyph)


def _saved(text: str, views: Iterable[SavedView]) -> Iterator[JumpMatch]:
    for view in views:
        if text.casefold() in view.name.casefold():
            yield JumpMatch("saved view", view.name, view.page, urls.on_site(view.address), "search")


def _deployments(text: str) -> QuerySet[Deployment]:
    """Those with the text in their id or name; first that very one, then those that begin with it."""
    exact = Q(deployment_id=text) | Q(name__iexact=text)
    place = Case(When(exact, then=Value(0)), When(name__istartswith=text, then=Value(1)), default=Value(2))
    current = Q(archived_at__isnull=True, gone_at__isnull=True)
    archived = Case(When(current, then=Value(0)), default=Value(1))
    return Deployment.objects.containing(text).order_by(place, archived, "name", "pk").defer("record_json")


def _deployment(deployment: Deployment) -> JumpMatch:
    url = urls.deployment(deployment.deployment_id, deployment.account)
    return JumpMatch("deployment", str(deployment), deployment.deployment_id, url, "deployments")


def _runs(text: str) -> list[Run]:
    """The newest runs that a text means by themselves; of very many, of those that were looked at."""
    some = Run.objects.find(text).some
    return list(Run.objects.filter(pk__in=some).newest_first()[:_LOOKED_AT]) if some else []


def _of_runs(text: str, runs: Sequence[RunRow]) -> Iterator[JumpMatch]:
    """Runs by their id, or by that of their session."""
    by_id = [run for run in runs if _has_end(run.id, text)]
    for run in by_id[:_MOST_OF_A_KIND]:
        yield JumpMatch("run", run.id, _note(run), run.url, run.badge.glyph)
    by_session = [run for run in runs if _has_end(run.session_id, text) and run not in by_id]
    for run in by_session[:_MOST_OF_A_KIND]:
        yield JumpMatch("session", run.session_id, _note(run), run.url, run.badge.glyph)


def _failures(runs: Iterable[Run]) -> Iterator[JumpMatch]:
    """The groups of failures of some runs, newest first, each once."""
    newest: dict[str, Run] = {}
    for run in runs:
        if run.fingerprint:
            newest.setdefault(run.fingerprint, run)
    for fingerprint, run in list(newest.items())[:_MOST_OF_A_KIND]:
        text = run.error_type or NO_ERROR_TYPE
        yield JumpMatch("failure", text, run.error_line, urls.failure(fingerprint), Outcome.FAILED)


def _has_id(run: Run, text: str) -> bool:
    return _has_end(run.run_id, text) or _has_end(run.session_id, text)


def _has_end(id_: str, text: str) -> bool:
    return bool(id_) and (id_.startswith(text) or id_.endswith(text))


def _note(run: RunRow) -> str:
    when = formatting.moment(run.at) if run.at else run.time_text
    return ", ".join(filter(None, (run.deployment_name, run.badge.word, when)))


def _at_once(text: str, deployments: Iterable[Deployment], runs: Iterable[RunRow]) -> str:
    """Where the one thing is that has this id; empty where none has it, or several."""
    exact = [
        *(_deployment(deployment).url for deployment in deployments if deployment.deployment_id == text),
        *(run.url for run in runs if text in (run.id, run.session_id)),
    ]
    return exact[0] if len(exact) == 1 else ""
