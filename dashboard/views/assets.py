"""The stylesheets, the scripts, and the pages that explain what went wrong."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.domain.text import clean, shortened
from dashboard.views.page import page
from dashboard.views.permissions import sees_every_page
from dashboard.views.snapshot import snapshot_of
from dashboard.web import bundles
from dashboard.web.bundles import Bundle
from dashboard.web.compression import takes_brotli

_LONGEST = 80  # of what a page that is not there is looked for by, in characters
_FOR_EVER = "public, max-age=31536000, immutable"


@login_not_required
@require_safe
def stylesheet(request: HttpRequest, name: str, version: str) -> HttpResponse:
    """A stylesheet, kept for ever under its version; an old address leads to the new one."""
    if name not in bundles.SHEETS:
        raise Http404("There is no such stylesheet.")
    return _kept_for_ever(request, version, bundles.sheet(name), bundles.stylesheet_url(name), "text/css")


@login_not_required
@require_safe
def script(request: HttpRequest, name: str, version: str) -> HttpResponse:
    """A script, kept in the same way."""
    if name not in bundles.SCRIPTS:
        raise Http404("There is no such script.")
    return _kept_for_ever(request, version, bundles.script(name), bundles.script_url(name), "text/javascript")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return _error(
        request, 400, "That request cannot be answered", "Something in its address or headers is wrong."
    )


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """403, with the reason where there is one; for Django's own, a form from elsewhere or too late."""
    sentence = _sentence(exception) or "The form was too old or came from elsewhere. Open the page again."
    return _explained(request, 403, "Not allowed", sentence, "not_allowed.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, with the reason where a view gave one; in the frame of every page for who may see these."""
    sentence = _sentence(exception) or "There is no such page."
    sought = shortened(_last_part(request.path), _LONGEST)
    return _explained(request, 404, "Not found", sentence, "not_found.html", sought=sought)


def only_a_form(request: HttpRequest) -> HttpResponse:
    """405, for who opens an address that only takes what a form sends."""
    sentence = "Only a form leads to this address. Open the page that the form is on."
    return _explained(request, 405, "Nothing to show here", sentence, "not_allowed.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _error(
        request, 500, "Something broke here", "It has been written to the log. Try again in a moment."
    )


def _kept_for_ever(
    request: HttpRequest, version: str, bundle: Bundle, url: str, content_type: str
) -> HttpResponse:
    if version != bundle.version:
        return HttpResponsePermanentRedirect(url, headers={"Cache-Control": "no-store"})
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    encoding, body = _as_taken(request, bundle)
    headers |= {"Content-Encoding": encoding} if encoding else {}
    return HttpResponse(body, content_type=f"{content_type}; charset=utf-8", headers=headers)


def _as_taken(request: HttpRequest, bundle: Bundle) -> tuple[str, bytes | str]:
    """How a bundle is sent to whoever asks: the encoding, empty for none, and the content."""
    if takes_brotli(request):
        return "br", bundle.brotli
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return "gzip", bundle.gzipped
    return "", bundle.text


def _last_part(path: str) -> str:
    """What was asked for, as far as an address says: an id, a name, or the word of a page."""
    return clean(path.rstrip("/").rpartition("/")[2])


def _sentence(exception: Exception | None) -> str:
    """The sentence that a view gave."""
    return exception.args[0] if exception and exception.args and isinstance(exception.args[0], str) else ""


def _explained(
    request: HttpRequest, status: int, title: str, sentence: str, template: str, **context: Any
) -> HttpResponse:
    """In the frame of every page for who may see these, else on a page that stands alone."""
    if not sees_every_page(request):
        return _error(request, status, title, sentence)
    context |= {"heading": title, "sentence": sentence, "status": status}
    response = page(request, template, "", title, snapshot_of(request), **context)
    response.status_code = status
    return response


def _error(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    return render(
        request, "error.html", {"title": title, "sentence": sentence, "status": status}, status=status
    )
