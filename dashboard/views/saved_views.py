"""Saved views: their list, saving the page one comes from, and what may be done with each."""

from __future__ import annotations

from dataclasses import replace

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.access import reader
from dashboard.filters.timespans import Unusable
from dashboard.services import saved_views
from dashboard.views.own_views import person_id, views_of
from dashboard.views.page import page
from dashboard.views.snapshot import snapshot_of
from dashboard.web import urls

_MINE, _TEAM = "mine", "team"


class SaveForm(forms.Form):
    """The name of a new view, whose it is, and the page that it opens."""

    name = forms.CharField(label="Name", max_length=saved_views.NAME_LENGTH)
    whose = forms.ChoiceField(label="For", choices=[(_MINE, "me"), (_TEAM, "the team")], required=False)
    address = forms.CharField(label="Page", max_length=8_000)


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """All views that this reader sees, and the form that saves another one."""
    snapshot = snapshot_of(request)
    form = SaveForm(request.POST or None, initial={"address": request.GET.get("of", "")})
    if request.method == "POST" and form.is_valid():
        whose = person_id(request) if form.cleaned_data["whose"] == _MINE else None
        try:
            view = saved_views.save(form.cleaned_data["name"], form.cleaned_data["address"], whose, snapshot)
        except Unusable as error:
            form.add_error("address", f"{error}.")
        else:
            return redirect(urls.on_site(view.address))
    context = {
        "form": form,
        "saving": request.method == "POST" or bool(request.GET.get("of")),
        "rows": saved_views.rows(views_of(request), snapshot),
        "start": reader.chosen_by(request).start,
    }
    response = page(request, "saved_views/page.html", "saved-views", "Saved views", snapshot, **context)
    add_never_cache_headers(response)
    return response


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Do with a view what the button says: rename, pin, move, delete, or make it the start page."""
    views, do = views_of(request), request.POST.get("do", "")
    view = next((view for view in views if view.pk == pk), None)
    if view is None:
        raise Http404("There is no such view.")
    response = redirect("saved-views")
    if do == "start":
        chosen = reader.chosen_by(request)
        start = "" if chosen.start == str(pk) else str(pk)
        reader.keep(request, response, replace(chosen, start=start))
        return response
    try:
        saved_views.change(do, view, views, request.POST.get("name", ""))
    except KeyError:
        raise Http404("Nothing of that kind can be done with a view.") from None
    return response
