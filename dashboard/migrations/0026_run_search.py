"""Search by an index: ids by their beginnings and ends, errors by their trigrams.

SQLite keeps trigrams in a table of FTS5, PostgreSQL by its extension pg_trgm; where that may not be
installed, errors are read one by one, and an administrator may make the index later.
"""

from __future__ import annotations

from django.db import DatabaseError, migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

STEP = 50_000  # keys of runs that are gone through at once
ID = 2**30 - 1
NUMBER = f"((CAST(strftime('%s', {{row}}.at) AS INTEGER) << 30) | ({{row}}.id & {ID}))"
TEXT = "{row}.error_type || char(10) || {row}.error_message"
FORGET = (
    "INSERT INTO dashboard_run_error(dashboard_run_error, rowid, text) "
    f"SELECT 'delete', {NUMBER}, {TEXT} WHERE OLD.has_error;"
).format(row="OLD")
LEARN = (f"INSERT INTO dashboard_run_error(rowid, text) SELECT {NUMBER}, {TEXT} WHERE NEW.has_error;").format(
    row="NEW"
)
COLUMNS = ("id", "at", "has_error", "error_type", "error_message")
CHANGED = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in COLUMNS)
SQLITE = (
    "CREATE INDEX run_id_tail ON dashboard_run (substr(run_id, -6))",
    "CREATE INDEX run_session_tail ON dashboard_run (substr(session_id, -6))",
    "CREATE VIRTUAL TABLE dashboard_run_error USING fts5(text, content='', tokenize='trigram')",
    f"CREATE TRIGGER run_error_new AFTER INSERT ON dashboard_run BEGIN {LEARN} END",
    f"CREATE TRIGGER run_error_gone AFTER DELETE ON dashboard_run BEGIN {FORGET} END",
    f"CREATE TRIGGER run_error_changed AFTER UPDATE OF {', '.join(COLUMNS)} ON dashboard_run "
    f"WHEN {CHANGED} BEGIN {FORGET} {LEARN} END",
)
FILL = (
    f"INSERT INTO dashboard_run_error(rowid, text) SELECT {NUMBER}, {TEXT} "  # noqa: S608
    "FROM dashboard_run WHERE has_error AND id > {after} AND id <= {upto}"
)
POSTGRESQL = (
    "CREATE INDEX run_id_tail ON dashboard_run (right(run_id, 6))",
    "CREATE INDEX run_session_tail ON dashboard_run (right(session_id, 6))",
    "CREATE INDEX run_id_begin ON dashboard_run (run_id varchar_pattern_ops)",
    # The longest first, those without a duration last: of no use to SQLite, which has them so anyway.
    "CREATE INDEX run_longest ON dashboard_run (duration_ms DESC NULLS LAST, run_id DESC, id DESC)",
)
TRIGRAMS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX run_error_text ON dashboard_run "
    "USING gin ((error_type || chr(10) || error_message) gin_trgm_ops) WHERE has_error",
)


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the indexes of the database at hand, and fill them."""
    with schema_editor.connection.cursor() as cursor:
        if schema_editor.connection.vendor == "postgresql":
            for statement in POSTGRESQL:
                cursor.execute(statement)
            try:
                with transaction.atomic(schema_editor.connection.alias):
                    for statement in TRIGRAMS:
                        cursor.execute(statement)
            except DatabaseError:
                pass  # the extension is not there, or may not be installed
            return
        for statement in SQLITE:
            cursor.execute(statement)
        last = cursor.execute("SELECT COALESCE(MAX(id), 0) FROM dashboard_run").fetchone()[0]
        for after in range(0, last, STEP):
            cursor.execute(FILL.format(row="dashboard_run", after=after, upto=after + STEP))


def take_away(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Leave nothing of it."""
    with schema_editor.connection.cursor() as cursor:
        for name in ("run_id_tail", "run_session_tail", "run_id_begin", "run_longest", "run_error_text"):
            cursor.execute(f"DROP INDEX IF EXISTS {name}")
        if schema_editor.connection.vendor == "sqlite":
            for name in ("run_error_new", "run_error_gone", "run_error_changed"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute("DROP TABLE dashboard_run_error")


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0025_health")]

    operations = [
        migrations.AddIndex(
            "Run",
            models.Index(fields=["session_id"], name="run_session", opclasses=["varchar_pattern_ops"]),
        ),
        migrations.RunPython(make, take_away),
    ]
