"""`manage.py backup FILE`: a copy of the mirror, while it is served."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.services.sync import backup


class Command(BaseCommand):
    """Copies the SQLite mirror as it is at one instant; `manage.py restore FILE` is the way back."""

    help = "Copy the mirror into a new file, while it is served."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("file", type=Path, help="the copy; it must not exist yet")

    def handle(self, *, file: Path, **options: Any) -> None:
        """Copy, or end with the reason."""
        try:
            size = backup.back_up(file)
        except backup.BackupError as error:
            raise CommandError(f"No copy: {error}") from error
        self.stdout.write(f"{file}: {size:,} bytes. manage.py restore {file} puts it back.")
