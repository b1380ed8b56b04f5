"""Quiet windows: their list, and for administrators the forms that make and end them."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.access import audit, users
from dashboard.domain.states import Deed
from dashboard.domain.text import sentence
from dashboard.services.alerts import quiet, rules
from dashboard.services.alerts.quiet import DAYS, QuietDraft
from dashboard.services.alerts.rules import RuleRefused
from dashboard.services.status.snapshot import Snapshot
from dashboard.views.page import page
from dashboard.views.permissions import only_administrators
from dashboard.views.snapshot import snapshot_of
from dashboard.web import urls

_MANAGING = "make or remove quiet windows"

_DAYS = [(day, day.title()) for day in DAYS]


class QuietForm(forms.Form):
    """What a new window is about, and when it is in force."""

    name = forms.CharField(label="Name", max_length=60)
    address = forms.CharField(label="Which deployments", max_length=8_000)
    zone = forms.CharField(label="By the clock of", max_length=64)
    begins = forms.CharField(label="From", max_length=40, required=False)
    ends = forms.CharField(label="Until", max_length=40, required=False)
    days = forms.MultipleChoiceField(label="On", choices=_DAYS, required=False)
    from_time = forms.CharField(label="From", max_length=10, required=False)
    to_time = forms.CharField(label="Until", max_length=10, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Every quiet window; a new one."""
    snapshot = snapshot_of(request)
    initial = {"address": request.GET.get("of", urls.on_site(rules.PATH))}
    initial |= {"zone": timezone.get_current_timezone_name()}
    form = QuietForm(request.POST or None, initial=initial)
    if request.method == "POST":
        only_administrators(request, _MANAGING)
        if form.is_valid() and _made(request, form, snapshot):
            return redirect("quiet-windows")
    context = {
        "form": form,
        "windows": quiet.rows(snapshot),
        "administrator": users.is_administrator(request.user),
    }
    response = page(request, "quiet/page.html", "quiet-windows", "Quiet windows", snapshot, **context)
    add_never_cache_headers(response)
    return response


@require_POST
def remove(request: HttpRequest, name: str) -> HttpResponse:
    """End a window."""
    only_administrators(request, _MANAGING)
    if not quiet.remove(name):
        raise Http404("There is no such quiet window.")
    audit.record(Deed.WINDOW_REMOVED, audit.actor(request), name)
    return redirect("quiet-windows")


def _made(request: HttpRequest, form: QuietForm, snapshot: Snapshot) -> bool:
    """Make the window that the form asks for; whether it could be, else the form says why not."""
    given = form.cleaned_data
    try:
        draft = QuietDraft(**given | {"days": tuple(given["days"])})
        window = quiet.make(draft, request.user.get_username(), snapshot)
    except RuleRefused as error:
        form.add_error(None, sentence(str(error)))
        return False
    audit.record(Deed.WINDOW_MADE, audit.actor(request), window.name)
    return True
