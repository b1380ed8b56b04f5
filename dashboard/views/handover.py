"""The hand-over: as a page, and as a text."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from dashboard.access import visits
from dashboard.domain.times import to_the_second
from dashboard.services.handover.markdown import as_markdown, mail_url
from dashboard.services.handover.page import handover
from dashboard.services.lists.questions import read_question
from dashboard.views.exports import KEPT, refused
from dashboard.views.fresh import fresh
from dashboard.views.page import page
from dashboard.views.snapshot import snapshot_of


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What happened since an instant; without one since this reader's last visit, where that is known."""
    if not request.GET.get("since") and (left_at := visits.left_at(request)):
        asked = request.GET.copy()
        asked["since"] = to_the_second(left_at)
        return redirect(f"{request.path}?{asked.urlencode()}")
    return _handover(request)


@fresh
def _handover(request: HttpRequest) -> HttpResponse:
    """What happened between two instants; the URL is the bookmark."""
    snapshot = snapshot_of(request)
    shown = handover(read_question("handover", request.GET, snapshot), snapshot)
    mail = mail_url(shown, snapshot, request.build_absolute_uri)
    return page(request, "handover/page.html", "handover", "Hand-over", snapshot, page=shown, mail=mail)


@require_safe
def text(request: HttpRequest) -> HttpResponse:
    """The same as Markdown."""
    snapshot = snapshot_of(request)
    query = read_question("handover.md", request.GET, snapshot)
    if query.ignored:
        return refused(query)
    content = as_markdown(handover(query, snapshot), snapshot, request.build_absolute_uri)
    return HttpResponse(content, content_type="text/markdown; charset=utf-8", headers=KEPT)


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Everything up to now has been read by whoever asks."""
    visits.mark_as_read(request, snapshot_of(request).now)
    return redirect("overview")
