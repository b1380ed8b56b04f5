"""Which runs a rule means, of the list of runs or of failures, and which filters no rule can have."""

from __future__ import annotations

from datetime import datetime

from dashboard import filters
from dashboard.domain.states import Outcome
from dashboard.filters import Query
from dashboard.filters.timespans import Unusable
from dashboard.models import Run
from dashboard.models.run_queries import RunQuerySet

FAILURES = "/failures/"
_REFUSED = {  # filters, and why none of a rule can have them
    "since": "it is about runs from now on: leave out since",
    "until": "it is about runs from now on: leave out until",
    "q": "a text is looked for among all runs: name deployments, types of error or kinds of failure instead",
    "retries": "whether a later try repeats a run is not known when it finishes: leave out retries",
    "time": "it is about runs whose time is known: leave out time",
}
_UNFINISHED = (*Outcome.OPEN, Outcome.GONE)
_SHARED = ("account", "deployment_id", "agent_id", "error")  # filters of failures that runs have too


def check(query: Query) -> None:
    """Whether a rule can have these filters. Raises Unusable with the reason."""
    for name, why in _REFUSED.items():
        if query.many(name):
            raise Unusable(why)
    if unfinished := [word for word in query.many("status") if word in _UNFINISHED]:
        raise Unusable(f"a run counts once it has finished: leave out status={unfinished[0]}")


def matching(query: Query, now: datetime) -> RunQuerySet:
    """The dated runs that a rule means, looked up by what else is asked of them."""
    if query.path != FAILURES:
        return Run.objects.matching(query, now, by="").dated()
    asked = filters.ask_runs(**{name: query.many(name) for name in _SHARED})
    return Run.objects.failed().matching(asked, now, by="").dated()
