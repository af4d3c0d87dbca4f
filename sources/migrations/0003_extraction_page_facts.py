from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sources", "0002_source_see_unpublished")]

    operations = [
        migrations.AddField("extraction", "publisher", models.CharField(blank=True, max_length=300)),
        migrations.AddField("extraction", "published_at", models.CharField(blank=True, max_length=40)),
        migrations.AddField("extraction", "language", models.CharField(blank=True, max_length=35)),
    ]
