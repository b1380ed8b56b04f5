"""Failures: the groups of failed runs that failed alike, and one of them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.services import failures
from dashboard.services.lists.questions import read_question
from dashboard.services.status import feeds
from dashboard.views.fresh import fresh
from dashboard.views.page import list_page, own_path, page
from dashboard.views.snapshot import snapshot_of
from dashboard.web import urls


@require_safe
@fresh
def index(request: HttpRequest) -> HttpResponse:
    """Failed runs grouped by what went wrong; the URL is the bookmark."""
    snapshot = snapshot_of(request)
    query = read_question("failures", request.GET, snapshot, **own_path(request))
    return list_page(request, "failures", "Failures", snapshot, failures.list_failures(query, snapshot))


@require_safe
@fresh
def one(request: HttpRequest, fingerprint: str) -> HttpResponse:
    """One group, over all the time that is kept unless the address asks for less."""
    snapshot = snapshot_of(request)
    path = {"path": urls.within_site(urls.failure(fingerprint))} | own_path(request)
    query = read_question("failure", request.GET, snapshot, **path)
    failure = failures.get_failure(fingerprint, query, snapshot)
    if failure is None:
        raise Http404(
            "No failed run with this fingerprint is kept: none has been read, or they are older than "
            f"the {feeds.retention_days()} days that runs are kept."
        )
    title = ": ".join(filter(None, ("Failure", failure.title, query.words)))
    return page(request, "failures/one.html", "failures", title, snapshot, group=failure)
