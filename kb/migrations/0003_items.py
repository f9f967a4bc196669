from django.db import migrations, models


class Migration(migrations.Migration):
    """The index holds items of every kind: a passage, and a change, belong to an item id, not to a row of one table."""

    dependencies = [
        ("kb", "0002_ingest_speed"),
    ]

    operations = [
        migrations.RenameField("change", "article_id", "item"),
        migrations.RenameField("generation", "articles", "items"),
        migrations.AlterModelOptions("passage", {"ordering": ("item", "ordinal")}),
        migrations.RemoveConstraint("passage", "one_passage_a_place"),
        migrations.RemoveIndex("passage", "kb_passage_ordinal_b3fb9f_idx"),
        migrations.AlterField("passage", "article", models.BigIntegerField()),
        migrations.RenameField("passage", "article", "item"),
        migrations.AddConstraint(
            "passage", models.UniqueConstraint(fields=("item", "ordinal"), name="one_passage_a_place")
        ),
        migrations.AddIndex(
            "passage", models.Index(fields=["ordinal", "-item"], name="passages_to_encode")
        ),
    ]
