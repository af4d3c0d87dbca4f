"""Every message that is sent arrives twice, as deliveries that know nothing of each other.

To be imported by whoever sends: the trial, and workers by `--include`.
"""

from typing import Any
from uuid import uuid4

from kombu.transport.redis import Channel

sent: list[str] = []
"""The queue of each message that this process sent twice."""

_put = Channel._put


def _put_twice(channel: Channel, queue: str, message: dict[str, Any], **options: Any) -> None:
    sent.append(queue)
    _put(channel, queue, message, **options)
    properties = {**message["properties"], "delivery_tag": str(uuid4())}
    _put(channel, queue, {**message, "properties": properties}, **options)


Channel._put = _put_twice  # type: ignore[method-assign, assignment]
