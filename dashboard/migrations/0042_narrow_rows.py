"""On SQLite instants become numbers, and what rows repeat becomes digests: a third of the file.

The tables that grow with history are copied into new ones, some thousand rows at a time: whoever ends this
before it is over goes on where it stood. Then the new ones take the place of the old ones, and so do those
of the small tables, in one transaction. Who reads meanwhile finds all as it was. PostgreSQL
has its own form of instants, and keeps the texts.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Sequence
from hashlib import blake2b
from importlib import import_module
from typing import Any, NamedTuple

from django.db import migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState, StateApps

from dashboard.models.instants import InstantField
from dashboard.models.names import NameField

STEP = 20_000  # rows copied at once: a write of some tenths of a second
SAY_EVERY = 5.0  # seconds
names = import_module("dashboard.migrations.0041_name")
NAMES = {  # what each table repeats; these are copied
    "run": ("deployment_id", "agent_id"),
    "slot": ("deployment_id",),
    "slottotal": ("deployment_id",),
    "tally": ("deployment_id",),
    "runtotal": ("deployment_id", "agent_id"),
    "healthchange": ("deployment_id",),
}
AS_THEY_ARE = {"lease", "session"}  # instants of the database's own clock, and those that Django asks for

_FLOOR = "({0} - (({0} % 1000000) + 1000000) % 1000000)"
_FRACTION = "(({0} % 1000000) + 1000000) % 1000000"
TO_NUMBER = (
    "CASE typeof({0}) WHEN 'text' THEN CAST(strftime('%s', substr({0}, 1, 19)) AS INTEGER) * 1000000 + "
    "CAST(substr({0} || '.000000', 21, 6) AS INTEGER) ELSE {0} END"
)
TO_TEXT = (
    f"CASE typeof({{0}}) WHEN 'integer' THEN strftime('%Y-%m-%d %H:%M:%S', {_FLOOR} / 1000000, 'unixepoch') "
    f"|| CASE {_FRACTION} WHEN 0 THEN '' ELSE printf('.%06d', {_FRACTION}) END ELSE {{0}} END"
)
TO_DIGEST = (
    "CASE typeof({0}) WHEN 'text' THEN (SELECT digest FROM dashboard_name WHERE text = {0}) ELSE {0} END"
)
OF_DIGEST = (
    "CASE typeof({0}) WHEN 'blob' THEN (SELECT text FROM dashboard_name WHERE digest = {0}) ELSE {0} END"
)
# The seconds of a run, as the triggers of the index of errors have them.
_OF_TEXT = r"CAST\(strftime\('%s', (\w+)\.at\) AS INTEGER\)"
_OF_NUMBER = r"\(\((\w+)\.at - \(\(\w+\.at % 1000000\) \+ 1000000\) % 1000000\) / 1000000\)"
SECONDS_OF_NUMBER = r"((\1.at - ((\1.at % 1000000) + 1000000) % 1000000) / 1000000)"
SECONDS_OF_TEXT = r"CAST(strftime('%s', \1.at) AS INTEGER)"

logger = logging.getLogger("dashboard.migrations")


class Form(NamedTuple):
    """What rows are given: how an instant and a name are made of the other form, and the type of instants.

    seconds_before, seconds: how a trigger takes seconds of an instant, in the other form and in this one
    """

    of_instant: str
    of_name: str
    type: str
    seconds_before: str
    seconds: str


class NarrowTypes(Operation):
    """What the models call these columns from now on; no database has to do anything for that."""

    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Each instant of the mirror, and each name."""
        for (app, model), found in state.models.items():
            for name, field in found.fields.items() if app == app_label else ():
                _, _, arguments, options = field.deconstruct()
                if type(field) is models.DateTimeField and model not in AS_THEY_ARE:
                    found.fields[name] = InstantField(*arguments, **options)
                elif name in NAMES.get(model, ()):
                    found.fields[name] = NameField(*arguments, **options)
        state.clear_delayed_apps_cache()

    def database_forwards(self, *_: Any) -> None:
        """Nothing."""

    def database_backwards(self, *_: Any) -> None:
        """Nothing."""


def narrow(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Numbers and digests."""
    connection = schema_editor.connection
    if connection.vendor == "sqlite":
        note_names(connection)
        rewrite(connection, apps, Form(TO_NUMBER, TO_DIGEST, "bigint", _OF_TEXT, SECONDS_OF_NUMBER))


def widen(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Texts again."""
    connection = schema_editor.connection
    names.drop_parts(apps, schema_editor)  # on the way back rows may have changed since it was tried before
    if connection.vendor == "sqlite":
        rewrite(connection, apps, Form(TO_TEXT, OF_DIGEST, "datetime", _OF_NUMBER, SECONDS_OF_TEXT))


def note_names(connection: Any) -> None:
    """Write down what stands for each text."""
    for model, columns in NAMES.items():
        for column in columns:
            with transaction.atomic(connection.alias), connection.cursor() as cursor:
                cursor.execute(f'SELECT DISTINCT "{column}" FROM dashboard_{model}')  # noqa: S608 - as below
                texts = [text for (text,) in cursor.fetchall() if isinstance(text, str)]
                cursor.executemany(
                    "INSERT OR IGNORE INTO dashboard_name (digest, text) VALUES (%s, %s)",
                    [(_digest(text), text) for text in texts],
                )


def _digest(text: str) -> bytes:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()


def rewrite(connection: Any, apps: StateApps, form: Form) -> None:
    """Give every table its other form. Every name in these statements comes from our own models."""
    instants = {
        options.db_table: [str(field.column) for field in options.concrete_fields if _is_instant(field)]
        for options in (model._meta for model in apps.get_app_config("dashboard").get_models())  # noqa: SLF001
        if options.model_name not in AS_THEY_ARE
    }
    growing = {f"dashboard_{model}": columns for model, columns in NAMES.items()}
    tables = [*growing, *(table for table, columns in instants.items() if columns and table not in growing)]
    with connection.cursor() as cursor:
        for table in growing:
            _copy(cursor, connection.alias, table, instants[table], growing[table], form)
        with transaction.atomic(connection.alias):
            for table in tables:
                if table not in growing:  # a few rows
                    _copy(cursor, connection.alias, table, instants[table], (), form)
                _put_in_place(cursor, table, form)


def _is_instant(field: Any) -> bool:
    return isinstance(field, models.DateTimeField)


def _copy(
    cursor: Any, alias: str, table: str, instants: Sequence[str], ids: Sequence[str], form: Form
) -> None:
    """Fill a new table with the rows of an old one in their other form, from where it stands."""
    [sql] = cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [table]).fetchone()
    sql = re.sub(r'^CREATE TABLE "?\w+"?', f'CREATE TABLE IF NOT EXISTS "{names.PART}{table}"', sql)
    sql = (
        re.sub(rf'"({"|".join(instants)})" (datetime|bigint)', rf'"\1" {form.type}', sql) if instants else sql
    )
    cursor.execute(sql)
    columns = [row[1] for row in cursor.execute(f'PRAGMA table_info("{table}")').fetchall()]
    changed = dict.fromkeys(instants, form.of_instant) | dict.fromkeys(ids, form.of_name)
    values = ", ".join(changed.get(name, "{0}").format(_quoted(name)) for name in columns)
    insert = (
        f'INSERT INTO "{names.PART}{table}" ({", ".join(map(_quoted, columns))}) '  # noqa: S608
        f'SELECT {values} FROM "{table}" WHERE rowid > {{after}} AND rowid <= {{upto}} ORDER BY rowid'
    )
    after, last = (
        cursor.execute(f'SELECT COALESCE(MAX(rowid), 0) FROM "{name}"').fetchone()[0]  # noqa: S608
        for name in (f"{names.PART}{table}", table)
    )
    said = time.monotonic()
    while after < last:
        with transaction.atomic(alias):
            cursor.execute(insert.format(after=after, upto=after + STEP))
        after += STEP
        if time.monotonic() >= said + SAY_EVERY:
            said = time.monotonic()
            logger.info("%s takes its new form: %d %%", table, 100 * min(after, last) // last)


def _put_in_place(cursor: Any, table: str, form: Form) -> None:
    """Let a new table be what the old one was, with its indexes and triggers."""
    kept = "SELECT sql FROM sqlite_master WHERE tbl_name = %s AND type IN ('index', 'trigger') AND sql <> ''"
    statements = [sql for (sql,) in cursor.execute(kept, [table]).fetchall()]
    last = cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table]).fetchone()
    cursor.execute(f'DROP TABLE "{table}"')
    cursor.execute(f'ALTER TABLE "{names.PART}{table}" RENAME TO "{table}"')
    if last:  # no id is given a second time
        cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
        cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, *last])
    for statement in statements:
        cursor.execute(re.sub(form.seconds_before, form.seconds, statement))


def _quoted(name: str) -> str:
    return f'"{name}"'


class Migration(migrations.Migration):
    atomic = False  # each step is a transaction of its own

    dependencies = [("dashboard", "0041_name")]

    operations = [migrations.RunPython(narrow, widen), NarrowTypes()]
