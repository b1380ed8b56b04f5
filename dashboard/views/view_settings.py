"""The View menu: how this reader wants pages shown, and the keys there are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods

from dashboard.access import reader
from dashboard.domain.reader_settings import CHOICES
from dashboard.domain.zones import known_zone
from dashboard.views.page import page
from dashboard.views.snapshot import snapshot_of
from dashboard.web import urls


class ViewForm(forms.Form):
    """The settings, as they are chosen."""

    zone = forms.CharField(label="Time zone", max_length=64, required=False)
    theme = forms.ChoiceField(label="Theme", choices=[*CHOICES["theme"].items()], required=False)
    density = forms.ChoiceField(label="Rows", choices=[*CHOICES["density"].items()], required=False)
    times = forms.ChoiceField(label="Times", choices=[*CHOICES["times"].items()], required=False)
    shortcuts = forms.ChoiceField(label="Keys", choices=[*CHOICES["shortcuts"].items()], required=False)

    def clean_zone(self) -> str:
        """The zone, where there is one of that name."""
        zone: str = self.cleaned_data["zone"]
        if zone and known_zone(zone) is None:
            raise forms.ValidationError("No time zone has that name; names are like Europe/Berlin or UTC.")
        return zone


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Show what is chosen, or keep what was chosen now and lead back."""
    back = urls.page_to_return_to(request.POST.get("next", "") or request.GET.get("next", ""), request)
    if request.method != "POST":
        return _shown(request, ViewForm(initial=vars(reader.chosen_by(request))), back)
    form = ViewForm(request.POST)
    if not form.is_valid():
        return _shown(request, form, back)
    response = redirect(back or "view")
    reader.keep(request, response, replace(reader.chosen_by(request), **form.cleaned_data))
    return response


def _shown(request: HttpRequest, form: ViewForm, back: str) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "back": back}
    if "HX-Request" not in request.headers:
        return page(request, "account/view.html", "view", "View", snapshot_of(request), **context)
    response = render(request, "account/_view.html", context)
    patch_cache_control(response, private=True, no_store=True)
    return response
