"""Routes, page by page. Every page needs a signed-in person unless its view says otherwise."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import PathConverter

from dashboard.domain.text import clean
from dashboard.views import (
    account,
    assets,
    audit,
    badges,
    calendar,
    choices,
    deployments,
    exports,
    failures,
    handover,
    health,
    jump,
    links,
    metrics,
    notes,
    overview,
    people,
    quiet_windows,
    refresh,
    rules,
    runs,
    saved_views,
    sign_in,
    single_sign_on,
    timeline,
    view_settings,
    wallboard,
)


class IdConverter(PathConverter):
    """An id as the mirror has it, whatever was typed: a database can be asked for it."""

    def to_python(self, value: str) -> str:
        """The id as text that every database can be asked for."""
        return clean(value)


register_converter(IdConverter, "id")

urlpatterns = [
    # overview
    path("", overview.index, name="overview"),
    # deployments: the list, its files, one deployment
    path("deployments/", deployments.index, name="deployments"),
    path("deployments.csv", exports.of_deployments, {"form": "csv"}, name="deployments-csv"),
    path("deployments.json", exports.of_deployments, {"form": "json"}, name="deployments-json"),
    path("deployments/<id:deployment_id>/", deployments.one, name="deployment"),
    # runs: the list, its files, one run
    path("runs/", runs.index, name="runs"),
    path("runs.csv", exports.of_runs, {"form": "csv"}, name="runs-csv"),
    path("runs.json", exports.of_runs, {"form": "json"}, name="runs-json"),
    path("runs.atom", runs.newest, name="runs-feed"),
    path("runs/<id:run_id>/", runs.one, name="run"),
    # failures: the groups, their files, one group
    path("failures/", failures.index, name="failures"),
    path("failures.csv", exports.of_failures, {"form": "csv"}, name="failures-csv"),
    path("failures.json", exports.of_failures, {"form": "json"}, name="failures-json"),
    path("failures/<id:fingerprint>/", failures.one, name="failure"),
    # timeline: how the health of deployments changed
    path("timeline/", timeline.index, name="timeline"),
    # hand-over: what happened, as a page and as a text; and that it has been read
    path("handover/", handover.index, name="handover"),
    path("handover.md", handover.text, name="handover-text"),
    path("handover/send/", handover.send, name="handover-send"),
    path("handover/read/", handover.read, name="handover-read"),
    # calendar: the page, and a file for calendar programs
    path("calendar/", calendar.index, name="calendar"),
    path("calendar.ics", calendar.subscription, name="calendar-feed"),
    # wallboard
    path("wallboard/", wallboard.index, name="wallboard"),
    # what can be chosen for a filter
    path("choices/<str:name>/", choices.index, name="choices"),
    # the jump box
    path("jump/", jump.index, name="jump"),
    # the refresh button of every page
    path("refresh/", refresh.ask, name="refresh"),
    path("refresh/<str:asked>/", refresh.answer, name="refreshed"),
    # status badges, for pages elsewhere
    path("badges/<id:deployment_id>.svg", badges.one, name="badge"),
    # read-only links: the list, and what a link opens
    path("links/", links.index, name="links"),
    path("links/<int:pk>/revoke/", links.revoke, name="revoke-link"),
    path("links/<int:pk>/take-over/", links.take_over, name="take-over-link"),
    path("l/<str:token>/", links.opened, name="link"),
    path("l/<str:token>/<str:file>", links.opened, name="link-file"),
    # signing in and out
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/code/", sign_in.code, name="sign-in-code"),
    path("first-sign-in/<str:token>/", sign_in.first_sign_in, name="first-sign-in"),
    path("set-password/<str:token>/", sign_in.set_password, name="set-password"),
    path("single-sign-on/", single_sign_on.begin, name="single-sign-on"),
    path("single-sign-on/back/", single_sign_on.finish, name="single-sign-on-back"),
    path("account/password/", account.password, name="password"),
    path("account/codes/", account.codes, name="codes"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    # who may look, and what was done
    path("people/", people.index, name="people"),
    path("people/<int:pk>/", people.change, name="person"),
    path("audit/", audit.index, name="audit"),
    # saved views
    path("views/", saved_views.index, name="saved-views"),
    path("views/<int:pk>/", saved_views.change, name="saved-view"),
    # alerts
    path("rules/", rules.index, name="rules"),
    path("rules/<id:name>/", rules.change, name="rule"),
    path("quiet/", quiet_windows.index, name="quiet-windows"),
    path("quiet/<id:name>/", quiet_windows.remove, name="quiet-window"),
    # what people know
    path("notes/", notes.index, name="notes"),
    path("notes/<int:pk>/", notes.one, name="note"),
    # how this reader wants pages shown
    path("view/", view_settings.index, name="view"),
    # for machines: health, metrics, stylesheet and scripts
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("healthz", health.healthz, name="healthz"),
    path("metrics", metrics.index, name="metrics"),
    path("style/<str:name>-<str:version>.css", assets.stylesheet, name="stylesheet"),
    path("script/<str:name>-<str:version>.js", assets.script, name="script"),
]
handler400 = assets.bad_request
handler403 = assets.forbidden
handler404 = assets.not_found
handler500 = assets.server_error
