"""Define the port that pushes messages to devices."""

from collections.abc import Mapping
from typing import Any, Protocol


class PusherError(Exception):
    """The message was not pushed; the text is the reason."""


class PushServiceMissing(PusherError):
    """The deployment has no push service for the platform of the device."""


class PusherRefused(PusherError):
    """The push service refuses the message or the device permanently."""


class PusherBusy(PusherError):
    """The push service cannot accept the message now, or its answer was lost."""


class Pusher(Protocol):
    def push(self, platform: str, token: str, payload: Mapping[str, Any]) -> None:
        """Push a payload, in the format of the platform, to the device with this token. Raises PusherError."""
        ...
