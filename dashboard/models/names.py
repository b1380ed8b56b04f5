"""Ids that thousands of rows repeat, written once: on SQLite a row carries eight bytes in place of each.

The eight bytes are a digest of the text, so that they are known without asking the database, are the same in
every process, and are still right after a transaction that was undone. Which text they stand for is in a
table; whoever writes a row writes that as well. That two of a hundred thousand ids have one digest is as
likely as one in three billion.

PostgreSQL keeps the texts: its columns could only be changed by writing all tables anew under a lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from django.db import connection, models
from django.db.models import Func, TextField
from django.db.models.lookups import Exact, In, IsNull

from dashboard.models.typed_fields import Get, Set, TypedCharField

_texts: dict[bytes, str] = {}  # as many as there are deployments and agents; what stands in it stays true


class Name(models.Model):
    """A text that rows name by its digest; empty on PostgreSQL."""

    digest = models.BinaryField(primary_key=True, max_length=8)
    text = models.CharField(max_length=256, unique=True)

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=65_536)
def digest(text: str) -> bytes:
    """The eight bytes that stand for a text."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()


def learn(texts: Iterable[str]) -> None:
    """Write down what the digests of these texts stand for, in the transaction that writes rows with them."""
    if connection.vendor != "sqlite":
        return
    rows = [(digest(text), text) for text in texts]
    _texts.update(rows)
    with connection.cursor() as cursor:
        cursor.executemany("INSERT OR IGNORE INTO dashboard_name (digest, text) VALUES (%s, %s)", rows)


def text_of(digest: bytes) -> str:
    """The text that a digest stands for; raises ValueError where nobody wrote that down."""
    if digest not in _texts:
        _texts.update((bytes(key), text) for key, text in Name.objects.values_list("digest", "text"))
    if digest not in _texts:
        raise ValueError(f"the database has no text for {digest.hex()}")
    return _texts[digest]


class NameField(TypedCharField[Set, Get]):
    """An id. To Python it is always a text. A query asks for it as a whole, by the column's name."""

    def from_db_value(self, value: str | bytes | None, expression: object, connection: object) -> str | None:
        """The text, of whichever form."""
        return text_of(value) if isinstance(value, bytes) else value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """What the database keeps."""
        text = value if prepared else self.get_prep_value(value)
        return digest(text) if isinstance(text, str) and connection.vendor == "sqlite" else text

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """The same, and what it stands for is written down."""
        if isinstance(value, str):
            learn([value])
        return super().get_db_prep_save(value, connection)

    def get_lookup(self, lookup_name: str) -> Any:
        """By its beginning or order nothing is found: digests have neither."""
        return {"exact": _Equals, "in": In, "isnull": IsNull}.get(lookup_name)


class _Equals(Exact):
    """Whether a name equals a text, another name, or a column of texts."""

    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        """A text of an outer query as its digest."""
        sql, values = super().process_rhs(compiler, connection)
        is_text = not self.rhs_is_direct_value() and not isinstance(self.rhs.output_field, NameField)
        if is_text and connection.vendor == "sqlite":
            sql = f"(SELECT digest FROM dashboard_name WHERE text = {sql})"  # noqa: S608 - a column
        return sql, values


class NameText(Func):
    """The text of a name, where it is compared with a column of texts."""

    template, output_field = "%(expressions)s", TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Looked up in the table of names."""
        template = "(SELECT text FROM dashboard_name WHERE digest = %(expressions)s)"
        return self.as_sql(compiler, connection, template=template, **context)
