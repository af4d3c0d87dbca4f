from django.apps import AppConfig


class ProvenanceConfig(AppConfig):
    """The project as an app: its commands, checks, templates and database guards."""

    name = "provenance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from provenance import checks, guards  # noqa: F401 - importing checks registers them

        post_migrate.connect(guards.install_after_migrate, sender=self, dispatch_uid="provenance.guards")
