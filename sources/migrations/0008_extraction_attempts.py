from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("sources", "0007_ledger_of_earlier_snapshots")]

    operations = [
        migrations.AddField(
            "extraction",
            "attempt",
            models.PositiveSmallIntegerField(default=1, help_text="Of this extractor at this snapshot, from 1."),
        ),
        migrations.AddField(
            "extraction",
            "broke_off",
            models.BooleanField(
                default=False,
                help_text="The reader was stopped or died: whether there is a text is not known.",
            ),
        ),
        migrations.RemoveConstraint("extraction", "extraction_once_an_extractor"),
        migrations.AddConstraint(
            "extraction",
            models.UniqueConstraint(
                fields=["snapshot", "extractor", "attempt"], name="extraction_once_an_attempt"
            ),
        ),
        migrations.AddConstraint(
            "extraction",
            models.UniqueConstraint(
                fields=["snapshot", "extractor"],
                condition=Q(error=""),
                name="extraction_one_text_an_extractor",
            ),
        ),
        migrations.AddConstraint(
            "extraction",
            models.CheckConstraint(
                condition=Q(broke_off=False) | ~Q(error=""), name="extraction_broke_off_has_error"
            ),
        ),
    ]
