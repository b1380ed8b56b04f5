"""How far history has been read, how fast, and how long the rest takes; nothing is known of it yet."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0031_reader_visit")]

    operations = [
        migrations.AddField("Feed", name, models.FloatField(null=True))
        for name in ("fill_share", "fill_speed", "fill_left_s")
    ]
