import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sources", "0005_capture_priority")]

    operations = [
        migrations.CreateModel(
            "LedgerEntry",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "snapshot",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entry",
                        to="sources.snapshot",
                    ),
                ),
                ("digest", models.CharField(help_text="Hexadecimal.", max_length=64)),
            ],
            options={"ordering": ["seq"], "verbose_name_plural": "ledger entries"},
        ),
        migrations.CreateModel(
            "LedgerHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.BigIntegerField()),
                ("digest", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(id=1), name="ledger_has_one_head")],
            },
        ),
        migrations.AddIndex("snapshot", models.Index(fields=["warc_name"], name="snapshot_warc_name")),
    ]
