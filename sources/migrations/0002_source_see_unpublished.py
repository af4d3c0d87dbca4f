from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sources", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="source",
            options={
                "ordering": ["-id"],
                "permissions": [
                    ("see_unpublished", "Can see what is not public: drafts, and what waits or was taken back")
                ],
            },
        ),
    ]
