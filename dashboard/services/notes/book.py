"""The notes that stand, as pages show them: read at once for all of a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import FilteredRelation, Q

from dashboard.domain.text import first_line
from dashboard.models import Key, Note

_MOST = 2_000  # notes and what they acknowledge, newest first: more than anybody keeps up with
_COLUMNS = ("pk", "account", "deployment_id", "fingerprint", "text", "ticket", "author", "written_at")
_COVERS = ("covers__account", "covers__deployment_id", "covers__cause")


@dataclass(frozen=True)
class NoteLine:
    """A note in one line, beside what it is about.

    line: the first line of its text; text: all of it
    acknowledges: whether what it is about is not sent again, and stands back
    """

    pk: int
    line: str
    text: str
    ticket: str
    author: str
    written_at: datetime
    acknowledges: bool
    until_at: datetime | None


@dataclass(frozen=True)
class NoteBook:
    """The notes that stand.

    of_deployments, of_kinds, of_both: the newest first, by what they are about
    covers: of each deployment that is acknowledged, what for
    """

    of_deployments: Mapping[Key, tuple[NoteLine, ...]] = field(default_factory=dict)
    of_kinds: Mapping[str, tuple[NoteLine, ...]] = field(default_factory=dict)
    of_both: Mapping[tuple[Key, str], tuple[NoteLine, ...]] = field(default_factory=dict)
    covers: Mapping[Key, Mapping[str, tuple[NoteLine, ...]]] = field(default_factory=dict)

    @property
    def without_words(self) -> NoteBook:
        """The same for readers who may see that something is acknowledged, and nothing that people wrote."""
        bare = {key: dict.fromkeys(causes, ()) for key, causes in self.covers.items()}
        return NoteBook(covers=bare)

    def acknowledged(self, key: Key) -> bool:
        """Whether a deployment is acknowledged."""
        return key in self.covers

    def on_deployment(self, key: Key) -> NoteLine | None:
        """The note that a row of a deployment shows: what acknowledges it, else the newest one on it."""
        covering = [line for lines in self.covers.get(key, {}).values() for line in lines]
        return next(iter((*covering, *self.of_deployments.get(key, ()))), None)

    def on_kind(self, fingerprint: str) -> NoteLine | None:
        """The note that a row of a kind of failure shows."""
        lines = self.of_kinds.get(fingerprint, ())
        return next((line for line in lines if line.acknowledges), next(iter(lines), None))

    def on_run(self, key: Key, fingerprint: str) -> NoteLine | None:
        """The note that the row of a failed run shows: on its kind, or on what it was acknowledged for."""
        covering = self.covers.get(key, {}).get(fingerprint, ())
        return next(iter((*covering, *self.of_both.get((key, fingerprint), ()))), self.on_kind(fingerprint))


NO_NOTES = NoteBook()


def standing_notes(now: datetime) -> NoteBook:
    """The notes that stand at that instant, with what they acknowledge; one query."""
    standing = FilteredRelation("acknowledgements", condition=Q(acknowledgements__ended_at=None))
    newest = Note.objects.standing(now).annotate(covers=standing).order_by("-written_at", "-pk")
    return _book(newest.values_list(*_COLUMNS, "acknowledges", "until_at", *_COVERS)[:_MOST])


def _book(rows: Iterable[tuple[Any, ...]]) -> NoteBook:
    on_deployments: dict[Key, list[NoteLine]] = defaultdict(list)
    on_kinds: dict[str, list[NoteLine]] = defaultdict(list)
    on_both: dict[tuple[Key, str], list[NoteLine]] = defaultdict(list)
    covers: dict[Key, dict[str, list[NoteLine]]] = defaultdict(lambda: defaultdict(list))
    seen: set[int] = set()
    for pk, account, deployment_id, kind, text, *rest in rows:
        ticket, author, written_at, acknowledges, until_at, owner, covered, cause = rest
        line = NoteLine(pk, first_line(text), text, ticket, author, written_at, acknowledges, until_at)
        if pk not in seen:
            seen.add(pk)
            if deployment_id and kind:
                on_both[(account, deployment_id), kind].append(line)
            elif deployment_id:
                on_deployments[account, deployment_id].append(line)
            else:
                on_kinds[kind].append(line)
        if covered:
            covers[owner, covered][cause].append(line)
    return NoteBook(
        {key: tuple(lines) for key, lines in on_deployments.items()},
        {key: tuple(lines) for key, lines in on_kinds.items()},
        {pair: tuple(lines) for pair, lines in on_both.items()},
        {key: {cause: tuple(lines) for cause, lines in by.items()} for key, by in covers.items()},
    )
