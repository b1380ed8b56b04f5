from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def keep_to_accounts(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A link made before this version keeps to the accounts that there are now: it shows no later one."""
    links = apps.get_model("dashboard", "Link")
    links.objects.update(accounts=[account.name for account in settings.ACCOUNTS])


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0012_feed_history_from")]

    operations = [
        migrations.AddField("Link", "accounts", models.JSONField(default=list)),
        migrations.RunPython(keep_to_accounts, migrations.RunPython.noop),
    ]
