"""A column that is compared without its index."""

from __future__ import annotations

from typing import Any

from django.db.models import Func


class Unindexed(Func):
    """The value of a column, so written that SQLite looks for another index.

    SQLite keeps no figures of its tables here: a column in which nearly every row is equal looks good to it.
    PostgreSQL keeps them, and knows better by itself.
    """

    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **extra_context: Any) -> Any:
        """With the plus that SQLite documents for this; it changes nothing of the value."""
        return self.as_sql(compiler, connection, **extra_context, template="+%(expressions)s")
