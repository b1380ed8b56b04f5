"""Alert rules: their list, and for administrators the forms that make, try and end them."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.access import audit, users
from dashboard.domain.states import Deed
from dashboard.domain.text import sentence
from dashboard.services import saved_views
from dashboard.services.alerts import rules
from dashboard.services.alerts.rule_rows import rule_rows
from dashboard.services.alerts.rules import RuleDraft, RuleRefused
from dashboard.views.page import now, page
from dashboard.views.permissions import only_administrators
from dashboard.views.snapshot import snapshot_of
from dashboard.web import urls

_TIME = {"max_length": "Write it like 08:00."}
_MANAGING = "make, test or remove rules"


class RuleForm(forms.Form):
    """What a new rule is about, and where its messages go."""

    name = forms.CharField(label="Name", max_length=60)
    address = forms.CharField(label="Which deployments, runs or failures", max_length=8_000)
    target = forms.CharField(label="To", max_length=2_000)
    secret = forms.CharField(label="Secret of the webhook", max_length=200, required=False)
    zone = forms.CharField(label="Time zone of its texts", max_length=64)
    daily = forms.CharField(label="Daily summary at", max_length=5, required=False, error_messages=_TIME)


@sensitive_post_parameters("secret", "target")
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Every rule and how its messages arrive; a new one."""
    snapshot = snapshot_of(request)
    initial = {"address": request.GET.get("of", urls.on_site(f"{rules.PATH}?health=failing")), "zone": "UTC"}
    form, made = RuleForm(request.POST or None, initial=initial), None
    if request.method == "POST":
        only_administrators(request, _MANAGING)
    if request.method == "POST" and form.is_valid():
        try:
            made = rules.make(RuleDraft(**form.cleaned_data), request.user.get_username(), snapshot)
            audit.record(Deed.RULE_MADE, audit.actor(request), made.name)
        except RuleRefused as error:
            form.add_error(None, sentence(str(error)))
    context = {
        "form": RuleForm(initial=initial) if made else _without_service(form),
        "made": made,
        "secret": made.secret if made and not form.cleaned_data["secret"] else "",
        "views": saved_views.ruled(saved_views.visible(request.user.pk)),
        "rules": rule_rows(snapshot),
        "deliveries": rules.deliveries(snapshot.now),
        "kept_days": rules.KEPT_DAYS,
        "services": rules.services_installed(),
        "administrator": users.is_administrator(request.user),
    }
    response = page(request, "rules/page.html", "rules", "Alerts", snapshot, **context)
    add_never_cache_headers(response)
    return response


def _without_service(form: RuleForm) -> RuleForm:
    """The form as it is shown again: the address of a service is a secret as a whole."""
    if form.is_bound and rules.is_service(form.data.get("target", "")):
        form.data = dict(form.data.items()) | {"target": ""}
    return form


@require_POST
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Send a test by a rule, or end it."""
    only_administrators(request, _MANAGING)
    do = request.POST.get("do", "")
    done = {"test": lambda: rules.send_test(name, now()), "remove": lambda: rules.remove(name)}.get(do)
    if done is None or not done():
        raise Http404("There is no such rule, or nothing of that kind can be done with it.")
    audit.record(Deed.RULE_TRIED if do == "test" else Deed.RULE_REMOVED, audit.actor(request), name)
    return redirect("rules")
