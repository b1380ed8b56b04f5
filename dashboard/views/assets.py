"""The stylesheet, and the pages that explain what went wrong."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.web import stylesheet as styles

_FOR_EVER = "public, max-age=31536000, immutable"


@login_not_required
@require_safe
def stylesheet(request: HttpRequest, version: str) -> HttpResponse:
    """The stylesheet, kept for ever under its version; an old address leads to the new one."""
    text, current = styles.sheet()
    if version != current:
        return HttpResponsePermanentRedirect(styles.url(), headers={"Cache-Control": "no-store"})
    return HttpResponse(text, content_type="text/css; charset=utf-8", headers={"Cache-Control": _FOR_EVER})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return _error(
        request, 400, "That request cannot be answered", "Something in its address or headers is wrong."
    )


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """403, with the reason where there is one; for Django's own, a form from elsewhere or too late."""
    sentence = _sentence(exception) or "The form was too old or came from elsewhere. Open the page again."
    return _error(request, 403, "Not allowed", sentence)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, with the reason where a view gave one."""
    return _error(request, 404, "Not found", _sentence(exception) or "There is no such page.")


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _error(
        request, 500, "Something broke here", "It has been written to the log. Try again in a moment."
    )


def _sentence(exception: Exception | None) -> str:
    """The sentence that a view gave."""
    return exception.args[0] if exception and exception.args and isinstance(exception.args[0], str) else ""


def _error(request: HttpRequest, status: int, title: str, sentence: str, **context: Any) -> HttpResponse:
    return render(
        request, "error.html", {"title": title, "sentence": sentence, "status": status}, status=status
    )
