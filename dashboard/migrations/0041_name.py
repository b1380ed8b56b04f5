"""A table of names, which rows are to carry in eight bytes each: see `models/names.py`.

A migration of its own: from here on an earlier version writes no reading any more, so that what the next one
copies does not change meanwhile.
"""

from __future__ import annotations

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

PART = "narrow_"  # how the tables begin that the next migration fills


def nothing(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On the way here there is nothing to do."""


def drop_parts(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take away what the next migration had begun where it was not ended."""
    connection = schema_editor.connection
    for table in connection.introspection.table_names():
        if table.startswith(PART):
            schema_editor.execute(f"DROP TABLE {schema_editor.quote_name(table)}")


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0040_rules_of_runs")]

    operations = [
        migrations.CreateModel(
            name="Name",
            fields=[
                ("digest", models.BinaryField(max_length=8, primary_key=True, serialize=False)),
                ("text", models.CharField(max_length=256, unique=True)),
            ],
        ),
        migrations.RunPython(nothing, drop_parts),
    ]
