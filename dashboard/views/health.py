"""For machines: is the process up, is the database usable, is the feed fresh."""

from __future__ import annotations

from datetime import UTC

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.domain.states import FeedState
from dashboard.services.status import database
from dashboard.services.status.age import DataAge
from dashboard.services.status.snapshot import Snapshot
from dashboard.views.snapshot import snapshot_of


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


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The worst state of a feed and the age of the data; 503 unless every feed is fresh.

    Open to probes, so it names no account and gives no reason: the pages do.
    """
    snapshot = snapshot_of(request)
    worst = min((feed.state for feed in snapshot.feeds), key=FeedState.ORDER.index)
    status = 200 if all(feed.fresh for feed in snapshot.feeds) else 503
    return _plain(f"{worst}: {_age(snapshot.age) or _progress(snapshot)}", status)


def _age(age: DataAge) -> str:
    """How old the data is, in words; empty where no account has been read completely."""
    unread = "" if age.every_account else ", not every account has been read"
    return f"data {age.text} old{unread}" if age.text else ""


def _progress(snapshot: Snapshot) -> str:
    """How far back the first reading has come: an instant, which shows nothing of how much there is."""
    known = snapshot.coverage
    back_to = f", runs back to {known.since.astimezone(UTC):%Y-%m-%dT%H:%MZ}" if known.since else ""
    return f"first reading{back_to}" if known.begun else "nothing has been read yet"
