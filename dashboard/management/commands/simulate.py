"""`manage.py simulate`: the stand-in API on a port of this machine, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.simulator import Fault, Fleet, Simulator, serve
from dashboard.simulator.faults import fault_from


class Command(BaseCommand):
    """Builds a fleet, serves it, and prints its URL."""

    help = "Serve a stand-in for the API on this machine: a lively account of its own, faults on request."
    requires_system_checks: list[str] = []  # noqa: RUF012 (Django's way to ask for none)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be chosen."""
        parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
        parser.add_argument("--port", type=int, default=9000, help="0 for any free one")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--deployments", type=int, default=40)
        parser.add_argument("--days", type=int, default=30, help="days of history")
        parser.add_argument("--runs", type=int, help="runs of history, up to a million")
        parser.add_argument("--generation", type=generation, default=1, help="1, 2 or mixed")
        parser.add_argument("--token", help="the one token that is accepted; without it any is")
        parser.add_argument(
            "--fault", type=fault, action="append", default=[], help="such as kind=status,status=503,times=3"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until interrupted or terminated."""
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        try:
            sim = simulator(options)
            with serve(sim, port=options["port"], host=options["host"]) as base_url:
                self.stdout.write(f"QODER_API_URL={base_url}")
                self.stdout.flush()
                stop.wait()
        except KeyboardInterrupt:
            self.stdout.write("")
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error


def simulator(options: dict[str, Any]) -> Simulator:
    """The stand-in that the options describe; raises ValueError where they cannot be met."""
    wanted = {name: options[name] for name in ("seed", "deployments", "days", "runs")}
    sim = Simulator(Fleet(**wanted), token=options["token"], generation=options["generation"])
    sim.faults += options["fault"]
    return sim


def generation(text: str) -> int | str:
    """1, 2 or "mixed"."""
    if text not in ("1", "2", "mixed"):
        raise ArgumentTypeError(f"{text}: 1, 2 or mixed")
    return text if text == "mixed" else int(text)


def fault(text: str) -> Fault:
    """A fault written as `name=value` pairs with commas between them."""
    try:
        return fault_from(dict(pair.split("=", 1) for pair in text.split(",")))
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
