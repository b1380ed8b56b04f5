"""`manage.py sync`: read the API into the mirror, once until all of it is read, or for ever."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from threading import Event
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dashboard.services.status import feeds
from dashboard.services.sync import Loop
from dashboard.services.sync.demo_account import reachable


class Command(BaseCommand):
    """Does from a shell, under cron or in a container of its own what the server does beside its pages."""

    help = "Read deployments and runs into the mirror: once until all is read, or every N seconds."
    requires_system_checks = (Tags.models,)  # those of addresses would load every page

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One option: without it the command ends when the history has been read."""
        parser.add_argument("--every", type=float, metavar="N", help="go on for ever, a turn every N seconds")

    def handle(self, *, every: float | None, **options: Any) -> None:
        """Run until done, or until interrupted."""
        if every is not None and every < 1:
            raise CommandError("--every takes at least 1 second")
        stop = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _setter(stop))
        with reachable(settings.ACCOUNTS) as accounts, _Progress() as progress:
            loop = Loop(accounts, every or settings.SYNC_INTERVAL, stop)
            if every:
                loop.run(after=progress.show)
            else:
                self._once(loop, stop, progress)

    def _once(self, loop: Loop, stop: Event, progress: _Progress) -> None:
        with loop:
            while (well := loop.turn()) and not loop.complete() and not stop.is_set():
                progress.show()
            progress.show()
        if troubles := [view.trouble.sentence for view in feeds.feeds() if view.trouble]:
            raise CommandError("; ".join(troubles))
        if not well or not loop.complete():
            raise CommandError("not read to the end: stopped, or another process is reading")


class _Progress:
    """How far back history has been read: a bar on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[text]}"),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, Any] = {}
        self._shown: dict[str, str] = {}

    def __enter__(self) -> _Progress:
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    def show(self) -> None:
        """Say where each account stands, where that has changed."""
        for view in feeds.feeds():
            filling = view.filling
            text = filling.text if filling else f"{view.runs_read:,} runs, {view.coverage.text}"
            share = view.coverage.share if filling is None or filling.share is None else filling.share
            if self._console.is_terminal:
                if view.account not in self._tasks:
                    self._tasks[view.account] = self._bar.add_task(view.account, total=1.0, text="")
                self._bar.update(self._tasks[view.account], completed=share, text=text)
            elif self._shown.get(view.account) != text:
                self._shown[view.account] = text
                sys.stderr.write(f"{view.account}: {text}\n")


def _setter(stop: Event) -> Any:
    def handler(number: int, frame: FrameType | None) -> None:
        stop.set()

    return handler
