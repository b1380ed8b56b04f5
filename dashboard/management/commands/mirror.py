"""`manage.py mirror`: whether what the mirror adds up is what counting gives, and setting it right."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.services.sync import repair

_MOST = 50  # lines of one account


class Command(BaseCommand):
    """May run beside the server: whoever writes waits meanwhile, pages do not."""

    help = "Compare the sums that pages show with a count of all runs, or set them right."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Two things to do, one of which is asked for."""
        wish = parser.add_mutually_exclusive_group(required=True)
        wish.add_argument("--check", action="store_true", help="print what differs; fail if anything does")
        wish.add_argument("--repair", action="store_true", help="print what differs, and set it right")

    def handle(self, *, check: bool, **options: Any) -> None:
        """Go through all accounts."""
        number = sum(self._compare(account, check=check) for account in repair.accounts())
        if number and check:
            raise CommandError(f"{number} sums are not what counting gives: see manage.py mirror --repair")
        self.stdout.write(f"{number} sums set right" if number else "every sum is what counting gives")

    def _compare(self, account: str, *, check: bool) -> int:
        lines = repair.differences(account)
        for line in lines[:_MOST]:
            self.stdout.write(f"{account}: {line}")
        if len(lines) > _MOST:
            self.stdout.write(f"{account}: and {len(lines) - _MOST} more")
        if lines and not check:
            repair.repair(account)
        return len(lines)
