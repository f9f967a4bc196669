from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("kb", "0004_saved_searches"),
    ]

    operations = [
        migrations.AddField(
            model_name="embedding",
            name="encoded_at",
            field=models.DateTimeField(
                db_index=True, help_text="What the pace of encoding is told by.", null=True
            ),
        ),
    ]
