from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations, models
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce


if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def mark_encoded(apps: Apps, _: BaseDatabaseSchemaEditor | None) -> None:
    """Passages that have a vector: any space will do, since one with a vector is only marked anew, not encoded."""
    passages = apps.get_model("kb", "Passage").objects
    vectors = apps.get_model("kb", "Embedding").objects.filter(hash=OuterRef("hash"))
    newest = Subquery(vectors.order_by("-pk").values("space")[:1])
    passages.update(encoded_in=Coalesce(newest, Value("")))


class Migration(migrations.Migration):

    dependencies = [
        ("kb", "0011_readers"),
    ]

    operations = [
        migrations.AddField(
            model_name="passage",
            name="encoded_in",
            field=models.CharField(
                blank=True,
                default="",
                help_text="The space it was last given a vector of; empty: of none.",
                max_length=200,
            ),
        ),
        migrations.RunPython(mark_encoded, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="passage", name="passages_to_encode"),
        migrations.AddIndex(
            model_name="passage",
            index=models.Index(fields=["encoded_in", "ordinal", "-item"], name="passages_to_encode"),
        ),
    ]
