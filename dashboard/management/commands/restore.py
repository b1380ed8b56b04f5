"""`manage.py restore FILE`: a copy in the place of the mirror."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from dashboard.services.sync import backup


class Command(BaseCommand):
    """Replaces the SQLite mirror by what `manage.py backup` made, in this version or an earlier one."""

    help = "Replace the mirror by a copy of it, while nothing is served."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where from."""
        parser.add_argument("file", type=Path, help="what `manage.py backup` wrote")

    def handle(self, *, file: Path, **options: Any) -> None:
        """Replace it and bring it to this version's shape, or end with the reason."""
        try:
            backup.restore(file)
        except backup.BackupError as error:
            raise CommandError(f"Nothing was changed: {error}") from error
        call_command("migrate", verbosity=0)
        self.stdout.write(f"{file} is the mirror now. What happened since then is read again from the API.")
