"""What can be chosen for a filter: deployments, agents, environments that contain what somebody types."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from dashboard.domain.text import clean
from dashboard.filters.fields import LONGEST
from dashboard.services.lists.references import offer, reference_named


@require_safe
def index(request: HttpRequest, name: str) -> HttpResponse:
    """The first of all that contain `q`, as the list of a combobox."""
    reference = reference_named(name)
    if reference is None:
        raise Http404("Nothing of this kind can be chosen.")
    text = " ".join(clean(request.GET.get("q", ""))[:LONGEST].split())
    response = render(request, "components/choices.html", {"offer": offer(reference, text)})
    patch_cache_control(response, private=True, no_store=True)
    return response
