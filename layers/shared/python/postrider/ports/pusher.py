"""Define how a message is pushed to a device."""

from collections.abc import Mapping
from typing import Any, Protocol


class PusherError(Exception):
    """The message was not pushed; `str()` says why."""


class PushServiceMissing(PusherError):
    """The deployment has no push service for the platform of the device."""


class PusherRefused(PusherError):
    """The push service refuses the message or the device; another attempt cannot help."""


class PusherBusy(PusherError):
    """The push service cannot take the message now, or its answer was lost."""


class Pusher(Protocol):
    def push(self, platform: str, token: str, payload: Mapping[str, Any]) -> None:
        """Push what the service of the platform takes as a message to the device with this token. Raises PusherError."""
        ...
