"""Messages to workers. Each only says "look": what is to be done stands in the database, and sweeps find it too."""

from typing import Any

from celery import Task
from django.db import transaction


def nudge(task: "Task[Any, Any]", *args: int, **options: Any) -> None:
    """Send the task once the open transaction commits. A broker that is down is logged and loses nothing."""

    def send() -> None:  # not a partial: Django cannot log the failure of one
        task.apply_async(args, **options)

    transaction.on_commit(send, robust=True)
