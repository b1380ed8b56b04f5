"""The text of a record is called what it is, so that `record` can be the record itself."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Rename one column of each of the two tables."""

    dependencies = [("dashboard", "0009_usual_of")]

    operations = [
        migrations.RenameField("deployment", "record", "record_json"),
        migrations.RenameField("run", "record", "record_json"),
        migrations.AlterField(
            "run",
            "at",
            models.DateTimeField(help_text="when it was triggered, or created where no trigger is reported"),
        ),
        migrations.AlterField(
            "run",
            "error_message",
            models.CharField(max_length=2000, help_text="its beginning; the record has all of it"),
        ),
    ]
