"""Failures: the groups of failed runs that failed alike, and one of them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.services import failures
from dashboard.services.lists.questions import read_question
from dashboard.services.status import feeds
from dashboard.views.fresh import fresh
from dashboard.views.page import list_page, now, page


@require_safe
@fresh
def index(request: HttpRequest) -> HttpResponse:
    """Failed runs grouped by what went wrong; the URL is the bookmark."""
    at = now()
    query = read_question("failures", request.GET, at)
    return list_page(request, "failures", "Failures", at, failures.list_failures(query, at))


@require_safe
@fresh
def one(request: HttpRequest, fingerprint: str) -> HttpResponse:
    """One group, over all the time that is kept."""
    at = now()
    found = failures.get_failure(fingerprint, at)
    if found is None:
        raise Http404(
            "No failed run with this fingerprint is kept: none has been read, or they are older than "
            f"the {feeds.retention_days()} days that runs are kept."
        )
    return page(request, "failures/one.html", "failures", f"Failure: {found.row.title}", at, group=found)
