from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0002_anchor_fragments_and_near")]

    operations = [
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["at", "seq"], name="change_at"),
        ),
    ]
