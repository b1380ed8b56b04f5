"""A column of records: packed on SQLite, as they are on PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.db import models

from dashboard.domain.record_packing import pack, unpack


class PackedTextField(models.TextField):  # type: ignore[type-arg] # its texts are what it is made of
    """A canonical record. To Python it is always a text.

    SQLite keeps bytes and texts in one column, so that rows of an earlier version, which are texts, are read
    as well, and none has to be changed before. PostgreSQL would have to write the whole table anew.
    """

    def deconstruct(self) -> Any:
        """As the column is: migrations know no form of what is in it."""
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.TextField", arguments, options

    def from_db_value(self, value: str | bytes | None, expression: object, connection: object) -> str | None:
        """The text, of whichever form."""
        return unpack(value) if isinstance(value, bytes) else value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """What the database keeps."""
        return pack(value) if isinstance(value, str) and connection.vendor == "sqlite" else value
