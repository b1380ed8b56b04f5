"""Two versions side by side: with what a migration does to the database, the version before can live.

Hosts are upgraded one after another (docs/operating.md). Until the last one is, the old version reads the new
shape, and writes people, sessions, links, views and notes into it. So a migration adds; what it no longer
needs goes with the version after, and is named here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

pytestmark = pytest.mark.lint

# The rule holds for what comes after it: to that one, hosts are upgraded while all of them are stopped.
LAST_BEFORE_THE_RULE = "0039_day_totals"
# What the version before can live with all the same, and why; or what it has stopped using.
HARMLESS = {
    "0042 narrowtypes": "names types of columns; the database is rewritten on SQLite alone, of one host",
    "0043 addfield feed.remembers_from": "only the sync makes feeds, and an older one writes no more",
}
# What was kept stays as it was: rows, indexes, rules. `AddField` has a rule of its own.
ADDS = (
    *(migrations.CreateModel, migrations.AddField, migrations.AddIndex, migrations.RemoveIndex),
    *(migrations.AddConstraint, migrations.RemoveConstraint, migrations.RunPython, migrations.RunSQL),
)


def in_the_way(operations: Iterable[Operation]) -> Iterator[str]:
    """Those operations that the version before cannot live with: what they do, and to what."""
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from in_the_way(operation.database_operations)
        elif not isinstance(operation, ADDS) or (
            isinstance(operation, migrations.AddField) and not _can_be_left_out(operation.field)
        ):
            names = (getattr(operation, name, None) for name in ("model_name", "name"))
            yield f"{type(operation).__name__} {'.'.join(filter(None, names))}".lower().strip()


def _can_be_left_out(field: models.Field[object, object]) -> bool:
    """Whether rows are written without it, too: a `default` is none of the database's."""
    return field.null or field.db_default is not NOT_PROVIDED


@cache
def by_name() -> dict[str, Sequence[Operation]]:
    """What each migration does, oldest first."""
    every = sorted(MigrationLoader(None).disk_migrations.items())
    return {name: one.operations for (app, name), one in every if app == "dashboard"}


def test_a_new_migration_leaves_the_version_before_all_that_it_reads_and_writes() -> None:
    assert LAST_BEFORE_THE_RULE in by_name()
    new = {name: operations for name, operations in by_name().items() if name > LAST_BEFORE_THE_RULE}
    broken = {f"{name[:4]} {what}" for name, operations in new.items() for what in in_the_way(operations)}
    assert broken - {*HARMLESS} == set()
    assert broken >= {*HARMLESS}, "named and not there"


RENAMED = (
    ("renamefield", "deployment.record"),
    ("renamefield", "run.record"),
    ("alterfield", "run.at"),
    ("alterfield", "run.error_message"),
)


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("0010", [f"{what} {row}" for what, row in RENAMED]),
        (
            "0009",
            [
                "removefield deployment.runs_seen",
                "removefield deployment.failures_seen",
                "addfield deployment.usual_of",
            ],
        ),
        ("0012", ["addfield feed.runs_kept"]),  # the other one may be null
        ("0015", []),  # a default of the database
        ("0032", []),  # null
        ("0039", []),
    ],
)
def test_the_rule_sees_what_earlier_migrations_did(name: str, broken: list[str]) -> None:
    [operations] = [operations for key, operations in by_name().items() if key.startswith(name)]
    assert list(in_the_way(operations)) == broken


def test_the_rule_looks_at_what_is_done_to_the_database_alone() -> None:
    gone = migrations.RemoveField("Deployment", "seen")
    assert list(in_the_way([migrations.SeparateDatabaseAndState(state_operations=[gone])])) == []
    both = migrations.SeparateDatabaseAndState(database_operations=[gone, migrations.DeleteModel("Old")])
    assert list(in_the_way([both])) == ["removefield deployment.seen", "deletemodel old"]
