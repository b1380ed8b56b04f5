"""How gunicorn serves the site: plain workers, and the sync in a process of its own beside them.

One request at a time per process: pages are CPU-bound, and threads in one process fight over it.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

wsgi_app = "config.wsgi"
bind = f"{settings.HOST}:{settings.PORT}"
workers = settings.WEB_CONCURRENCY
worker_class = "sync"
preload_app = True  # one import for all workers; what they share is shared in memory
dirty_apps = ["dashboard.feeder:Feeder"]
dirty_workers = 1
graceful_timeout = 10
dirty_graceful_timeout = 20
forwarded_allow_ips = settings.TRUSTED_PROXY
loglevel = "warning"
control_socket_disable = True


def when_ready(server: Any) -> None:
    """Say where the dashboard is, and how the first person gets in."""
    from dashboard.services import people

    here = f"http://{bind}"
    print(f"The dashboard is at {here}/  (Ctrl-C stops it)", flush=True)  # noqa: T201 - for the person at the terminal
    if settings.DASHBOARD_AUTH == "none":
        print("DASHBOARD_AUTH=none: whoever reaches this address may look.", flush=True)  # noqa: T201
    elif token := people.first_link_token():
        minutes = people.LINK_LASTS // 60
        print(f"Nobody has an account yet. This link lets the first person in, once, for {minutes} minutes:")  # noqa: T201
        print(f"  {here}/first-sign-in/{token}/", flush=True)  # noqa: T201
