"""Forks a process of the sync for each line of its input, and prints its number: quick to start."""

from __future__ import annotations

import functools
import os
import signal
import ssl
import sys
from threading import Event

import django
import httpx


def main() -> None:
    """Serve until the input ends."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from django.conf import settings

    from dashboard.services.sync import Loop

    # Read the certificates of this machine once, not in each process.
    ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]
    httpx.Client().close()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    for _ in sys.stdin:
        if not (child := os.fork()):
            Loop(settings.ACCOUNTS, 1.0, Event()).run()
        print(child, flush=True)  # noqa: T201 - its output


if __name__ == "__main__":
    main()
