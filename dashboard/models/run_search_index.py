"""What search needs of SQLite beyond the indexes of a model: the ends of ids, and the trigrams of errors.

Errors are in a table of FTS5 without texts of its own. Its rows are numbered by time, so that the newest
which have a text are read first and no others; triggers keep it, which see every change of a run. All this is
dropped where Django makes the table anew to alter it, so it is looked for after every migration.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models.signals import post_migrate

TRIGRAM = 3  # the fewest characters that it finds
_ID = 2**30 - 1  # the part of a row's number that is the run's key; the seconds since 1970 are above it
_FIND = f"SELECT rowid & {_ID} FROM dashboard_run_error WHERE dashboard_run_error MATCH %s"  # noqa: S608
FIND_NEWEST = f"{_FIND} ORDER BY rowid DESC LIMIT %s"
FIND_BETWEEN = f"{_FIND} AND rowid BETWEEN %s << 30 AND %s << 30 | {_ID}"  # the seconds of two instants
LAST_SECOND = 2**33 - 1  # what is later has no place in this order, since a number has 63 bits
_SECOND_OF = (
    "SELECT rowid >> 30 FROM dashboard_run_error WHERE dashboard_run_error MATCH %s "
    "AND rowid BETWEEN %s AND %s ORDER BY rowid {} LIMIT 1 OFFSET %s"
)
# Rounded down, also before 1970.
_SECONDS = "(({row}.at - (({row}.at % 1000000) + 1000000) % 1000000) / 1000000)"
_NUMBER = f"(({_SECONDS} << 30) | ({{row}}.id & {_ID}))"
_TEXT = "{row}.error_type || char(10) || {row}.error_message"
_FORGET = (
    "INSERT INTO dashboard_run_error(dashboard_run_error, rowid, text) "
    f"SELECT 'delete', {_NUMBER}, {_TEXT} WHERE OLD.has_error;"
).format(row="OLD")
_LEARN = (
    f"INSERT INTO dashboard_run_error(rowid, text) SELECT {_NUMBER}, {_TEXT} WHERE NEW.has_error;"
).format(row="NEW")
_COLUMNS = ("id", "at", "has_error", "error_type", "error_message")
_CHANGED = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in _COLUMNS)
_TRIGGERS = (
    f"CREATE TRIGGER IF NOT EXISTS run_error_new AFTER INSERT ON dashboard_run BEGIN {_LEARN} END",
    f"CREATE TRIGGER IF NOT EXISTS run_error_gone AFTER DELETE ON dashboard_run BEGIN {_FORGET} END",
    f"CREATE TRIGGER IF NOT EXISTS run_error_changed AFTER UPDATE OF {', '.join(_COLUMNS)} ON dashboard_run "
    f"WHEN {_CHANGED} BEGIN {_FORGET} {_LEARN} END",
)


# The ends of ids, in the very words of `run_search.Tail`.
_TAILS = (
    "CREATE INDEX IF NOT EXISTS run_id_tail ON dashboard_run (substr(run_id, -6))",
    "CREATE INDEX IF NOT EXISTS run_session_tail ON dashboard_run (substr(session_id, -6))",
)


def keep_up(**_signal: Any) -> None:
    """Make what is not there, once there are the table that the triggers fill and instants as they take them.

    On the way back to where instants are texts it is left to the version of then.
    """
    needed = {"dashboard_run_error", "dashboard_name"}
    if connection.vendor != "sqlite" or not needed <= {*connection.introspection.table_names()}:
        return
    with connection.cursor() as cursor:
        for statement in (*_TAILS, *_TRIGGERS):
            cursor.execute(statement)


def second_of(phrase: str, number: int, first: int, last: int, *, newest: bool) -> int | None:
    """The second of the error that comes after so many others with a phrase, of those between two seconds.

    newest: whether the newest come first; None where there are fewer
    """
    with connection.cursor() as cursor:
        numbers = first << 30, last << 30 | _ID
        cursor.execute(_SECOND_OF.format("DESC" if newest else "ASC"), (phrase, *numbers, number))
        row = cursor.fetchone()
    return int(row[0]) if row else None


post_migrate.connect(keep_up)
