"""`manage.py migrate`, also by several processes at once: one after the other, and the later find it done."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.migrate import Command as MigrateCommand

from dashboard.services.status import database
from dashboard.services.status.migration_lock import migration_lock


class Command(MigrateCommand):
    """Django's command, one process at a time."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring the database to this version's shape, once nobody else is at it."""
        database.require(options["database"])
        with migration_lock(options["database"]):
            super().handle(*args, **options)
