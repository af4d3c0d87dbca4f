"""The Celery app: found by `celery -A provenance`, and by `shared_task` once Django is up."""

import gc
import os
from typing import Any

from celery import Celery, bootsteps
from celery.signals import worker_process_init, worker_process_shutdown

from provenance import heap
from sources import reading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provenance.settings")

app = Celery("provenance")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["claims.exports"])  # no app of its own


class SignOfLife(bootsteps.StartStopStep):
    """Says every few seconds that this worker is there, by its own timer: however busy its processes are."""

    requires = ("celery.worker.consumer.tasks:Tasks",)  # from then on it takes messages

    def __init__(self, parent: Any, **options: Any) -> None:
        self._timer_entry: Any = None
        super().__init__(parent, **options)

    def start(self, parent: Any) -> None:
        from provenance import health  # its models are there only once Django is up

        health.worker_is_alive()
        self._timer_entry = parent.timer.call_repeatedly(health.SIGN_SECONDS, health.worker_is_alive)

    def stop(self, parent: Any) -> None:
        """No longer: the worker ends, or has lost its broker."""
        if self._timer_entry is not None:
            parent.timer.cancel(self._timer_entry)
            self._timer_entry = None


app.steps["consumer"].add(SignOfLife)


@worker_process_init.connect
def _collect_seldom(**_: Any) -> None:
    """A round makes some ten thousand objects: looking for cycles after every 700 took 5 % of its computing."""
    gc.freeze()  # what every process was forked with stays
    gc.set_threshold(20_000, 20, 20)


@worker_process_init.connect
def _keep_memory(**_: Any) -> None:
    """The next round takes what the last one gave back: page by page from the system, that is 3 % of its computing."""
    heap.keep()


@worker_process_shutdown.connect
def _end_readers(**_: Any) -> None:
    """A process of the pool ends without the interpreter's own farewell, and leaves children to nobody."""
    reading.close()
