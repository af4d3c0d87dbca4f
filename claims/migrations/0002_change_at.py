from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["at", "seq"], name="change_at"),
        ),
    ]
