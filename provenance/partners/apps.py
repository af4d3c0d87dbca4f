from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """Who calls us from outside: partners, their keys, their idempotent requests."""

    name = "provenance.partners"
    label = "partners"
    default_auto_field = "django.db.models.BigAutoField"
