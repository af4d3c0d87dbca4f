"""Celery shells of the project itself."""

from celery import shared_task

from provenance import health


@shared_task
def heartbeat() -> None:
    """Say that a worker is alive: it took this message, which beat sends every few seconds."""
    health.worker_is_alive()
