"""A cache that tells what it was given."""

from typing import Any


class Memory:
    """What `RobotsCache` asks for, over two dictionaries."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.seconds: dict[str, float] = {}

    def get(self, key: str, /) -> Any:
        """The value, or None."""
        return self.values.get(key)

    def set(self, key: str, value: str, seconds: float, /) -> None:
        """Keep the value; it does not go away."""
        self.values[key], self.seconds[key] = value, seconds
