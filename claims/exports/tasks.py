"""Celery shells of exports."""

from celery import shared_task

from claims.exports import stamping


@shared_task
def stamp(claim_id: int) -> None:
    """Have the claim's receipt of now timestamped, unless it is."""
    stamping.stamp(claim_id)
