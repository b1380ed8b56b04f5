from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0007_link")]

    operations = [
        migrations.RenameField(model_name="run", old_name="told", new_name="status_reported"),
        migrations.AlterField(
            model_name="run",
            name="status_reported",
            field=models.BooleanField(help_text="the API itself reports the outcome"),
        ),
    ]
