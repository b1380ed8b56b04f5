"""Notes: all of them or those about one thing, writing one, changing and ending it."""

from __future__ import annotations

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from dashboard.access import audit, users
from dashboard.domain.states import Deed
from dashboard.domain.text import sentence
from dashboard.services.notes import listing, writing
from dashboard.services.notes.writing import NoteDraft, NoteRefused, WrittenNote
from dashboard.views.page import now, page
from dashboard.views.permissions import only_people
from dashboard.views.snapshot import snapshot_of


class NoteForm(forms.Form):
    """What a note says, and until when."""

    text = forms.CharField(label="What you know", max_length=writing.TEXT_LENGTH)
    ticket = forms.CharField(label="Ticket", max_length=writing.TICKET_LENGTH, required=False)
    until = forms.CharField(label="Until", max_length=40, required=False)
    acknowledges = forms.BooleanField(label="Acknowledge", required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Every note, or those about what the address names; there another one is written."""
    about, form = _about(request), NoteForm(request.POST or None)
    if request.method == "POST":
        only_people(request, "write notes")
        if about and form.is_valid() and (written := _written(request, about, form)):
            return redirect(listing.of_one(written, now()).about_url)
    snapshot = snapshot_of(request)
    context = {
        "form": form,
        "about": listing.of_one(about, now()) if about else None,
        "entries": listing.about(about, snapshot),
        "writes": request.user.is_authenticated,
    }
    response = page(request, "notes/page.html", "notes", "Notes", snapshot, **context)
    add_never_cache_headers(response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One note; its author and administrators change it here, and end it."""
    note = writing.get(pk)
    if note is None:
        raise Http404("There is no such note.")
    may_change, form = _may_change(request, note), NoteForm(request.POST or None, initial=_initial(note))
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied("Only its author or an administrator can change or end a note.")
        if _changed(request, note, form):
            return redirect(listing.of_one(note, now()).about_url)
    context = {"form": form, "entry": listing.of_one(note, now()), "may_change": may_change}
    response = page(request, "notes/one.html", "notes", "Note", snapshot_of(request), **context)
    add_never_cache_headers(response)
    return response


def _written(request: HttpRequest, about: WrittenNote, form: NoteForm) -> WrittenNote | None:
    """The note that was written; None where it was refused, which the form says."""
    draft, zone = NoteDraft(**form.cleaned_data), timezone.get_current_timezone_name()
    try:
        note = writing.write(about, draft, request.user.get_username(), zone, now())
    except NoteRefused as error:
        form.add_error(None, sentence(str(error)))
        return None
    audit.record(Deed.NOTE_WRITTEN, audit.actor(request), note.label)
    return note


def _changed(request: HttpRequest, note: WrittenNote, form: NoteForm) -> bool:
    """Change a note as the form says, or end it; whether that was done."""
    if request.POST.get("do") == "end":
        writing.end(note, request.user.get_username(), now())
        audit.record(Deed.NOTE_ENDED, audit.actor(request), note.label)
        return True
    if not form.is_valid():
        return False
    try:
        writing.change(note, NoteDraft(**form.cleaned_data), timezone.get_current_timezone_name(), now())
    except NoteRefused as error:
        form.add_error(None, sentence(str(error)))
        return False
    audit.record(Deed.NOTE_CHANGED, audit.actor(request), note.label)
    return True


def _about(request: HttpRequest) -> WrittenNote | None:
    """What the address names, as a note that is not written yet; None where it names nothing."""
    named = [request.GET.get(name, "") for name in ("account", "deployment", "kind")]
    if not any(named):
        return None
    about = writing.known(*named)
    if about is None:
        raise Http404("There is no such deployment, or no run that failed so.")
    return about


def _may_change(request: HttpRequest, note: WrittenNote) -> bool:
    """Whether whoever asks may change a note that has not ended."""
    own = request.user.is_authenticated and request.user.get_username() == note.author
    return note.ended_at is None and (own or users.is_administrator(request.user))


def _initial(note: WrittenNote) -> dict[str, str]:
    until = f"{timezone.localtime(note.until_at):%Y-%m-%dT%H:%M}" if note.until_at else ""
    return {"text": note.text, "ticket": note.ticket, "until": until}
