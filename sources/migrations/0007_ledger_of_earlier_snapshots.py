"""Snapshots from before the ledger get their entries, in the order of their ids."""

from django.db import migrations

from sources.chain import START, link

BATCH = 500


def add_entries(apps, schema_editor):
    snapshot_model = apps.get_model("sources", "Snapshot")
    entry_model = apps.get_model("sources", "LedgerEntry")
    facts = [field.attname for field in snapshot_model._meta.concrete_fields]
    seq, digest, last = 0, START, 0
    while rows := list(snapshot_model.objects.filter(pk__gt=last).order_by("pk").values(*facts)[:BATCH]):
        entries = []
        for row in rows:
            seq, last = seq + 1, row["id"]
            digest = link(digest, seq, row)
            entries.append(entry_model(seq=seq, snapshot_id=last, digest=digest))
        entry_model.objects.bulk_create(entries)
    if seq:
        apps.get_model("sources", "LedgerHead").objects.create(id=1, seq=seq, digest=digest)


class Migration(migrations.Migration):
    dependencies = [("sources", "0006_ledger")]

    operations = [migrations.RunPython(add_entries, migrations.RunPython.noop)]
