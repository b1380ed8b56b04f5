"""The floor: the least that this stack could do for a list of runs, served as the dashboard is.

A bare Django view without middleware: 50 keyset rows out of the same table, ten columns, in one of Django's
own templates. For a browser there is the same page with one stylesheet and htmx, which are kept for ever.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

SERVE = (
    *("-m", "gunicorn", "benchmarks.floor:application()", "--workers", "2"),
    *("--worker-class", "sync", "--preload", "--log-level", "warning"),
)
COLUMNS = (
    *("run_id", "deployment_id", "agent_id", "status", "trigger_type", "at", "duration_ms", "session_id"),
    *("error_type", "error_message"),
)
_SHEETS = ("base", "rows")  # as much of ours as such a page would have
_HEAD = '<link rel="stylesheet" href="/style.css"><script src="/htmx.js" defer></script></head>'
_PAGE = """<!DOCTYPE html><html lang="en"><head><title>Runs</title></head><body><table>{% for run in runs %}
<tr id="run-{{ run.run_id }}" data-status="{{ run.status }}">
<td><time datetime="{{ run.at|date:'c' }}">{{ run.at|date:"j M" }} {{ run.at|time:"H:i:s" }}</time></td>
<td><a href="/runs/{{ run.run_id }}/" title="{{ run.at|date:'D, j M Y H:i:s' }}">{{ run.run_id }}</a></td>
<td><a href="/deployments/{{ run.deployment_id }}/">{{ run.deployment_id }}</a></td>
<td>{{ run.agent_id }}</td><td><span class="badge {{ run.status }}">{{ run.status }}</span></td>
<td>{{ run.trigger_type }}</td><td>{{ run.duration_ms|default_if_none:"" }}</td><td>{{ run.session_id }}</td>
<td>{{ run.error_type }}</td><td>{{ run.error_message|truncatechars:80 }}</td></tr>{% endfor %}</table>
<a rel="next" href="/?after={{ last.run_id|urlencode }}">Older</a></body></html>"""


def application() -> Any:
    """The site, for gunicorn: the database and secret are the dashboard's."""
    from config.settings import DATABASES, INSTALLED_APPS, SECRET_KEY

    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES=DATABASES,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=INSTALLED_APPS,  # whose columns the table has; nothing of them is asked
        ROOT_URLCONF=__name__,
        SECRET_KEY=SECRET_KEY,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        USE_TZ=True,
    )
    return get_wsgi_application()


def page(request: HttpRequest) -> HttpResponse:
    """The same for a browser."""
    response = runs(request)
    response.content = response.content.replace(b"</head>", _HEAD.encode())
    return response


def file(request: HttpRequest) -> HttpResponse:
    """The stylesheet, or htmx."""
    kind = "text/css" if request.path.endswith(".css") else "text/javascript"
    headers = {"Content-Encoding": "gzip", "Cache-Control": "max-age=31536000, immutable"}
    return HttpResponse(_file(request.path), content_type=kind, headers=headers)


def runs(request: HttpRequest) -> HttpResponse:
    """The newest 50 failed runs after the place where a page further up ends."""
    table = _table()
    rows = table.objects.filter(status="failed").order_by("-at", "-run_id")
    if after := request.GET.get("after"):
        at = table.objects.values_list("at", flat=True).get(run_id=after)
        rows = rows.filter(at__lte=at).exclude(at=at, run_id__gte=after)
    page = list(rows.values(*COLUMNS)[:51])
    return HttpResponse(_template().render({"runs": page[:50], "last": page[-1]}))


@cache
def _table() -> Any:
    """The table of runs, as far as the page shows it."""
    from django.db import models

    from dashboard.models import Run

    columns = {
        field.name: field.clone()
        for field in Run._meta.concrete_fields  # noqa: SLF001 - public
        if field.name in COLUMNS
    }
    meta = type("Meta", (), {"app_label": "floor", "db_table": "dashboard_run", "managed": False})
    return type("Run", (models.Model,), {"__module__": __name__, "Meta": meta, **columns})


@cache
def _template() -> Any:
    from django.template import engines

    return engines["django"].from_string(_PAGE)


@cache
def _file(path: str) -> bytes:
    import django_htmx

    root = Path(__file__).parent.parent / "static" / "css"
    htmx = Path(str(django_htmx.__file__)).parent / "static" / "django_htmx" / "htmx-2.min.js"
    texts = [root / f"{name}.css" for name in _SHEETS] if path.endswith(".css") else [htmx]
    return gzip.compress(b"\n".join(text.read_bytes() for text in texts), 9)


urlpatterns = [path("", runs), path("page/", page), path("style.css", file), path("htmx.js", file)]
