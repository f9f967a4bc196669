from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kb', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='article',
            name='cut_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='source',
            name='newest_at',
            field=models.DateTimeField(blank=True, help_text='When its newest entry was published.', null=True),
        ),
        migrations.AddField(
            model_name='source',
            name='usual_gap',
            field=models.FloatField(blank=True, help_text='Seconds between its newest entries, the median.', null=True),
        ),
        migrations.AddIndex(
            model_name='article',
            index=models.Index(condition=models.Q(('cut_at', None)), fields=['id'], name='uncut_articles'),
        ),
    ]
