"""Sources that were captured before there was a plan: the first look at them is a day from now, by turns."""

from datetime import timedelta

from django.db import migrations
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now


def plan(apps, schema_editor):
    captured = apps.get_model("sources", "Capture").objects.filter(source=OuterRef("pk"), finished_at__isnull=False)
    sources = apps.get_model("sources", "Source").objects.filter(Exists(captured), url__isnull=False)
    recapture = apps.get_model("sources", "Recapture")
    due_at = Now() + timedelta(days=1)
    rows = [recapture(source_id=pk, due_at=due_at) for pk in sources.values_list("pk", flat=True)]
    recapture.objects.bulk_create(rows, batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ("sources", "0014_recapture"),
    ]

    operations = [
        migrations.RunPython(plan, migrations.RunPython.noop),
    ]
