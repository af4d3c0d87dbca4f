"""Who waits for a capture, and which host it is of: what work is shared out by."""

from typing import Any

from django.db import migrations, models


def name_hosts(apps: Any, _: Any) -> None:
    """Give open captures their host; nothing is shared out of those that are done."""
    captures = apps.get_model("sources", "Capture").objects.exclude(state="done").select_related("source")
    for capture in captures.iterator():
        capture.host = (capture.source.url or "///").split("/", 3)[2]
        capture.save(update_fields=["host"])


class Migration(migrations.Migration):
    dependencies = [("sources", "0004_capture_reasons")]

    operations = [
        migrations.AddField(
            "capture",
            "priority",
            models.PositiveSmallIntegerField(
                default=0, help_text="Lower ones are done first; see `CapturePriority`."
            ),
        ),
        migrations.AddField("capture", "host", models.CharField(blank=True, editable=False, max_length=260)),
        migrations.RunPython(name_hosts, migrations.RunPython.noop),
        migrations.AddConstraint(
            "capture",
            models.CheckConstraint(condition=models.Q(priority__in=[0, 1]), name="capture_priority"),
        ),
        migrations.AddIndex(
            "capture",
            models.Index(
                fields=["host", "priority", "due_at", "id"],
                condition=~models.Q(state="done"),
                name="capture_open_of_host",
            ),
        ),
    ]
