"""For machines: is the process up, is the database usable, is the feed fresh."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.services.status import database, feeds


def _plain(text: str, status: int = 200) -> HttpResponse:
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)


@login_not_required
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return _plain("ok")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database can be read; 503 when it cannot. Says nothing of what is in it."""
    return _plain("ok") if database.readable() else _plain("the database cannot be read", 503)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Every feed is fresh; 503 and the reasons when one is not."""
    late = [f"{view.account}: {view.text}" for view in feeds.feeds() if not view.fresh]
    return _plain("\n".join(late), 503) if late else _plain("ok")
