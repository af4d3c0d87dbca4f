from django.apps import AppConfig


class ProvenanceConfig(AppConfig):
    """The project as an app: its commands, checks, templates and database guards."""

    name = "provenance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.apps import apps
        from django.db.models.signals import post_migrate

        from provenance import checks, guards, roles  # noqa: F401 - importing checks registers them

        # The last app with tables: an app without any, as this one, is never told of a migrate.
        last = apps.get_app_config("partners")
        post_migrate.connect(guards.install_after_migrate, sender=last, dispatch_uid="provenance.guards")
        post_migrate.connect(roles.install_after_migrate, sender=last, dispatch_uid="provenance.roles")
