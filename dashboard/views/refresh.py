"""Refresh now: a question to the sync, and its answer."""

from __future__ import annotations

from dataclasses import asdict

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboard.services.status import database, refresh_request
from dashboard.web import urls

_JSON = "application/json; charset=utf-8"


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a cycle at once; a script gets the address of the answer, a form is led back."""
    try:
        asked = refresh_request.ask(timezone.now())
    except database.DatabaseBusy:
        return _busy(request)
    if request.accepts("text/html"):
        return redirect(urls.page_to_return_to(request.POST.get("next", ""), request) or "overview")
    return JsonResponse({"answer": reverse("refreshed", args=[asked])}, status=202, content_type=_JSON)


@never_cache
@require_safe
def answer(request: HttpRequest, asked: str) -> HttpResponse:
    """What has come of a request by now."""
    try:
        outcome = refresh_request.answer(refresh_request.RefreshRequest.parse(asked), timezone.now())
    except ValueError as error:
        raise Http404("Nobody has asked for that.") from error
    return JsonResponse(asdict(outcome), content_type=_JSON)


def _busy(request: HttpRequest) -> HttpResponse:
    """503, in the form that was asked for."""
    title, sentence = "Not asked", "The database is busy, ask again in a moment"
    if request.accepts("text/html"):
        context = {"title": title, "sentence": f"{sentence}.", "status": 503}
        return render(request, "error.html", context, status=503)
    return JsonResponse({"text": f"{title}: {sentence}"}, status=503, content_type=_JSON)
