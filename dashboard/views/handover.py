"""The hand-over: as a page, and as a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.access import audit, visits
from dashboard.domain.states import Deed
from dashboard.domain.times import to_the_second
from dashboard.services.handover import mail
from dashboard.services.handover.markdown import as_markdown, mail_url, title
from dashboard.services.handover.page import Handover, handover
from dashboard.services.lists.questions import read_question
from dashboard.views.exports import KEPT, refused
from dashboard.views.fresh import fresh
from dashboard.views.page import page
from dashboard.views.snapshot import snapshot_of

_HOUR = timedelta(hours=1)
_MOST_SENT = 6  # of one person in an hour


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
    own_mail = mail_url(shown, snapshot, request.build_absolute_uri)
    return page(request, "handover/page.html", "handover", "Hand-over", snapshot, page=shown, mail=own_mail)


@require_safe
def text(request: HttpRequest) -> HttpResponse:
    """The same as Markdown."""
    snapshot = snapshot_of(request)
    query = read_question("handover.md", request.GET, snapshot)
    if query.ignored:
        return refused(query)
    content = as_markdown(handover(query, snapshot), snapshot, request.build_absolute_uri)
    return HttpResponse(content, content_type="text/markdown; charset=utf-8", headers=KEPT)


class SendForm(forms.Form):
    """To whom it is sent."""

    to = forms.TypedChoiceField(label="To", coerce=int)

    def __init__(self, *given: Any, choices: Sequence[tuple[int, str]]) -> None:
        """With the addresses that there are."""
        super().__init__(*given)
        self.fields["to"].choices = choices  # type: ignore[attr-defined] # of a choice


@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest) -> HttpResponse:
    """The form that sends a hand-over as a mail, and that it was put into the outbox."""
    snapshot = snapshot_of(request)
    of = request.POST.get("of") or request.GET.get("of", "")
    query = read_question("handover", QueryDict(urlsplit(of).query), snapshot)
    shown, form, sent = handover(query, snapshot), None, ""
    people = {one.key: one.label for one in mail.recipients()} if request.user.is_authenticated else {}
    if people:
        form = SendForm(request.POST or None, choices=list(people.items()))
        if request.method == "POST" and form.is_valid():
            sent = _send(request, shown, form, people)
    elif request.method == "POST":
        raise PermissionDenied
    label = title(shown, snapshot)
    context = {"page": shown, "form": form, "sent": sent, "label": label}
    response = page(request, "handover/send.html", "handover", "Send the hand-over", snapshot, **context)
    add_never_cache_headers(response)
    return response


def _send(request: HttpRequest, shown: Handover, form: SendForm, people: Mapping[int, str]) -> str:
    """Send it; to whom, or nothing where its sender has sent too many."""
    by, to = audit.actor(request), form.cleaned_data["to"]
    if audit.count(Deed.HANDOVER_SENT, by, timezone.now() - _HOUR) >= _MOST_SENT:
        form.add_error(None, f"You have sent {_MOST_SENT} in the last hour: wait a little.")
        return ""
    mail.send(shown, to, by.name, snapshot_of(request))
    audit.record(Deed.HANDOVER_SENT, by, people[to])
    return people[to]


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Everything up to now has been read by whoever asks."""
    visits.mark_as_read(request, snapshot_of(request).now)
    return redirect("overview")
