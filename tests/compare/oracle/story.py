"""What the page of one run says of it, in sentences."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from dashboard.domain.states import Outcome
from dashboard.web import formatting
from tests.compare.figures import utc
from tests.compare.oracle import wording
from tests.compare.oracle.attempts import executions, near, repeats
from tests.compare.oracle.reading import SeenRun, of, read_run, words
from tests.compare.oracle.standing import Standing

BACK = 50
ENDS = {Outcome.COMPLETED: "Completed", Outcome.FAILED: "Failed", Outcome.SKIPPED: "Skipped"}
NO_SESSION = {
    Outcome.SKIPPED: "There is no session: a skipped run starts none.",
    Outcome.FAILED: "There is no session: the run failed before the API named one.",
    Outcome.PENDING: "There is no session yet.",
    Outcome.RUNNING: "The API names no session yet.",
}


def _measure(standing: Standing | None) -> list[str]:
    limit = standing.deployment.limit if standing else None
    usual = wording.usual(standing) if standing else ""
    return [text for text in (usual, f"limit {formatting.duration(limit)}" if limit else "") if text]


def _in_words(run: SeenRun, time: timedelta | None) -> str:
    if time is None:
        return ""
    return formatting.duration(time) if run.ms is not None else formatting.age(time)


def verdict(run: SeenRun, standing: Standing | None, time: timedelta | None) -> str:
    """What became of it; time: how long it was, or has been going on."""
    length = _in_words(run, time)
    after = f" after {length}" if length else ""
    if run.status == Outcome.GONE:
        word = read_run(run.account, run.raw, run.at).status
        return f"Last read as {word}; it left the API before it was seen to finish."
    if run.status == Outcome.FAILED:
        what = "Failed" if run.session_id or run.started_at else "Failed to start"
        kind = run.error_type or ("error" if run.has_error else "the API gives no error")
        return f"{what}{after}: {kind}.{_called(run)}"
    against = ", ".join(filter(None, (length, *(_measure(standing) if length else ()))))
    known = {
        Outcome.COMPLETED: f"Completed{after}.",
        Outcome.RUNNING: f"Running for {against}." if against else "Running.",
        Outcome.PENDING: "Waiting to start.",
        Outcome.SKIPPED: "Not started: the API skipped it.",
        Outcome.STARTED: "A session was started; the API does not report how it ended.",
    }
    return known.get(run.status) or _called(run).strip()


def _called(run: SeenRun) -> str:
    word = words(run.raw.get("status")).strip()
    if not word or word.lower() in Outcome.REPORTED:
        return ""
    return f" The API calls it “{word}”, a word that is not in its documentation."


def compared(standing: Standing | None, time: timedelta | None) -> str:
    """How long it was, against what is usual and the limit."""
    texts = _measure(standing)
    if time is None:
        return "; ".join(("No duration is known", *([", ".join(texts)] if texts else []))) + "."
    usual_ms, limit = (standing.usual_ms, standing.deployment.limit) if standing else (None, None)
    times = f"{time / timedelta(milliseconds=usual_ms):,.1f} times the " if usual_ms else ""
    if standing and limit and time >= limit:
        usual = f", {times}{wording.usual(standing)}" if times else ""
        return f"{wording.too_long(standing, time)}{usual}."
    return f"{times}{', '.join(texts)}." if texts else "Nothing is known to hold it against."


def tries(run: SeenRun, others: Sequence[SeenRun]) -> list[str]:
    """All tries of its execution, in order; none where it is the only one, and the first.

    others: of its deployment, newest first
    """
    [mine] = [chain for chain in executions(near(run, others)) if run in chain]
    return [row.id for row in mine] if len(mine) > 1 or repeats(run) else []


def in_the_way(run: SeenRun, others: Sequence[SeenRun]) -> str:
    """Which run was in progress when it was skipped, as far as is known."""
    if run.status != Outcome.SKIPPED:
        return ""
    earlier = [row for row in others if row.at <= run.at and row.status != Outcome.SKIPPED][:BACK]
    going = [row for row in earlier if _goes_on(row, run.at)]
    if not going:
        return (
            f"Not known: of up to {BACK} runs before it that have been read, none is known to have been in "
            "progress."
        )
    if re.search(rf"(?<!\w){re.escape(going[0].id)}(?!\w)", json.dumps(run.raw)):
        return f"{going[0].id} The API names it."
    older = {1: "", 2: ", and so was an older one"}.get(
        len(going), f", and so were {len(going) - 1} older ones"
    )
    return f"{going[0].id} Inferred: it was in progress at that moment{older}."


def _goes_on(run: SeenRun, at: datetime) -> bool:
    over = run.completed_at or run.gone_at
    return over > at if over else run.open


def steps(run: SeenRun, promised: datetime | None, now: datetime) -> list[str]:
    """What happened, in order."""
    return [f"{word} {utc(at)}" for word, at in _steps(run, promised, now) if at]


def _steps(run: SeenRun, promised: datetime | None, now: datetime) -> Iterator[tuple[str, datetime | None]]:
    triggered = run.raw.get("triggered_at")
    yield "Promised", promised
    yield "Triggered" if triggered else "Created", run.at
    yield "Started", run.started_at
    yield ENDS.get(run.status, "Ended"), run.completed_at
    yield "Left the API", run.gone_at
    yield f"Still {run.status}", now if run.open else None


def unknown(run: SeenRun, promised: datetime | None) -> list[str]:
    """What is not known of it."""
    rated, endless = run.status in Outcome.RATED, run.completed_at is None
    sentences = {
        "For which slot it was triggered is not known: the API does not say, and none fits its time.": (
            run.trigger == "schedule" and promised is None
        ),
        "When it started is not known.": rated and run.started_at is None and bool(run.session_id),
        "It did not start: the API names neither a start nor a session.": (
            run.status == Outcome.FAILED and run.started_at is None and not run.session_id
        ),
        "When it ended is not known.": endless and (rated or run.status not in Outcome.KNOWN),
        "How and when it ended is not known.": endless and run.status in (Outcome.STARTED, Outcome.GONE),
    }
    return [sentence for sentence, holds in sentences.items() if holds]


def version_note(run: SeenRun, standing: Standing | None) -> str:
    """Where its agent is another one than its deployment has now."""
    mine, version = run.agent
    if standing is None or not mine:
        return ""
    its, its_version = (
        of(standing.deployment.raw, "agent", "id"),
        of(standing.deployment.raw, "agent", "version"),
    )
    if mine != its:
        return f"This run has agent {mine}; its deployment has {its or 'none'} now."
    if None in (version, its_version) or version == its_version:
        return ""
    return f"This run has version {version} of the agent; its deployment has version {its_version} now."
