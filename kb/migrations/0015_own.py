import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kb', '0014_accounts'),
    ]

    operations = [
        migrations.AddField(
            model_name='highlight',
            name='removed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='mark',
            name='less_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('format', models.CharField(max_length=20)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('done', 'done')], db_index=True, default='waiting', max_length=10)),
                ('total', models.PositiveIntegerField()),
                ('rows', models.JSONField(default=list)),
                ('done', models.PositiveIntegerField(default=0)),
                ('counts', models.JSONField(default=dict)),
                ('remarks', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='SavedLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.TextField()),
                ('key_hash', models.CharField(db_index=True, max_length=64)),
                ('title', models.CharField(max_length=300)),
                ('starred_at', models.DateTimeField(blank=True, null=True)),
                ('queued_at', models.DateTimeField(blank=True, null=True)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('added_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('tags', models.ManyToManyField(blank=True, related_name='links', to='kb.tag')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_links', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-added_at', '-id'),
                'constraints': [models.UniqueConstraint(fields=('user', 'key_hash'), name='one_saved_link_an_address')],
            },
        ),
    ]
