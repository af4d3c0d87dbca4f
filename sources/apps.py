from django.apps import AppConfig


class SourcesConfig(AppConfig):
    """What was cited, and what we saw when we looked."""

    name = "sources"
    default_auto_field = "django.db.models.BigAutoField"
