"""The project: composes sources and claims, decides nothing."""

from provenance.celery import app as celery_app

__all__ = ["celery_app"]
