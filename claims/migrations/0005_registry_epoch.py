from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0004_receipt_timestamp")]

    operations = [
        migrations.AddField(
            model_name="changehead",
            name="registry_epoch",
            field=models.PositiveBigIntegerField(db_default=0),
        ),
    ]
