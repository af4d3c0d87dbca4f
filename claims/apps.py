from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    """Who says what, on whose word."""

    name = "claims"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from claims import receivers

        receivers.connect()
