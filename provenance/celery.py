"""The Celery app: found by `celery -A provenance`, and by `shared_task` once Django is up."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_shutdown

from sources import reading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provenance.settings")

app = Celery("provenance")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["claims.exports"])  # no app of its own


@worker_process_shutdown.connect
def _end_readers(**_: Any) -> None:
    """A process of the pool ends without the interpreter's own farewell, and leaves children to nobody."""
    reading.close()
