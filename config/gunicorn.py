"""How gunicorn serves the site: its workers, and the sync in a process of its own beside them.

`gunicorn --config config/gunicorn.py` is the whole deployment. Each worker has threads to wait for readers
with, and makes one page at a time: see dashboard/web/one_at_a_time.py.
"""

from __future__ import annotations

import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from config import start_warnings

try:
    bind = f"{settings.HOST}:{settings.PORT}"
except ImproperlyConfigured as error:
    sys.exit(f"Cannot start: {error}")

wsgi_app = "config.wsgi"
workers = settings.WEB_CONCURRENCY
worker_class = "dashboard.web.gunicorn_worker.Worker"
threads = 1_000  # connections that wait for their other end; pages are made one at a time
worker_connections = 2_000
# The name of the file by which a server finds the sync that its own crash left behind: one for each port.
proc_name = f"qoder-dashboard-{settings.PORT}"
preload_app = True  # one import for all workers; what they share is shared in memory
dirty_apps = ["dashboard.services.sync.gunicorn_app:SyncApp"]
dirty_workers = 1
graceful_timeout = 10  # seconds
dirty_graceful_timeout = 20  # seconds: a cycle of the sync may be under way
forwarded_allow_ips = settings.TRUSTED_PROXY
forwarder_headers = ""  # nobody's header moves the site to another path
# Not `X-Forwarded-Proto`: dashboard/access/forwarded_scheme.py reads it, of several proxies too.
secure_scheme_headers = {"X-FORWARDED-PROTOCOL": "ssl", "X-FORWARDED-SSL": "on"}
logconfig_dict = settings.LOGGING  # the server's own lines are masked and escaped as ours are
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Bring the database to this version's shape, then print where the dashboard is and how to get in."""
    django.setup()
    from dashboard.access import users
    from dashboard.services.status import database

    try:
        call_command("migrate", verbosity=0)
    except ImproperlyConfigured as error:
        sys.exit(f"Cannot start: {error}")
    site = f"http://{bind}{settings.SUB_PATH}"
    lines = [f"The dashboard is at {site}/ (Ctrl-C stops it)"]
    lines += start_warnings.unsafe(settings)
    if settings.DASHBOARD_AUTH == "login" and (token := users.first_link_token()):
        lines += [
            "Nobody has an account yet. This link lets the first person in, once, within the hour:",
            f"  {site}/first-sign-in/{token}/",
        ]
    print(*lines, sep="\n", flush=True)  # noqa: T201 - for the person at the terminal
    database.close_connections()
