"""Rules of push messages; pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson

from postrider.devices.model import Device
from postrider.kit.errors import Invalid, TooLarge
from postrider.pushes.model import ALL_DEVICES, LAST_DEVICE, PushRequest

MAX_PAYLOAD_BYTES = 4096
"""https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification"""
KEPT = timedelta(days=400)
"""Retention of push messages: the same as of outcomes of mails."""
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 3
RETRY_S = 30
IOS, ANDROID = "ios", "android"
NO_DEVICE = "the person has no such device"
UNSUBSCRIBED = "unsubscribed"


def payloads_of(request: PushRequest, title: str, message: str) -> dict[str, Any]:
    """Return the payloads for both platforms. Raises TooLarge past MAX_PAYLOAD_BYTES."""
    payloads = {IOS: _ios(request, title, message), ANDROID: _android(request, title, message)} | {
        platform: _own(platform, payload) for platform, payload in request.payloads.items()
    }
    for platform, payload in payloads.items():
        try:
            size = len(orjson.dumps(payload))
        except TypeError as exc:
            raise Invalid("Invalid data: expected JSON values.", code="data_invalid", field="data") from exc
        if size > MAX_PAYLOAD_BYTES:
            reason = f"The message for {platform} is too large: at most {MAX_PAYLOAD_BYTES} bytes are allowed."
            raise TooLarge(reason, code="push_too_large", field="message")
    return payloads


def _ios(request: PushRequest, title: str, message: str) -> dict[str, Any]:
    aps: dict[str, Any] = {"alert": {"title": title, "body": message}}
    if request.sound == "default":
        aps["sound"] = "default"
    if request.image_url:
        aps["mutable-content"] = 1
    return {**request.custom_data, **_shown({"link": request.link, "image": request.image_url}), "aps": aps}


def _android(request: PushRequest, title: str, message: str) -> dict[str, Any]:
    notification = _shown({"title": title, "body": message, "image": request.image_url})
    data = {**request.custom_data, **_shown({"link": request.link})}
    texts = {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in data.items()}
    return {"fcmV1Message": {"message": {"notification": notification, "data": texts}}}


def _own(platform: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a payload of the request, which replaces all content; on Android it is a message of Firebase."""
    return {"fcmV1Message": dict(payload)} if platform == ANDROID else dict(payload)


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def targets(devices: Sequence[Device], target: str) -> list[Device]:
    """Return the target devices among the devices of a person, the most recently used first."""
    if target == ALL_DEVICES:
        return list(devices)
    if target == LAST_DEVICE:
        return list(devices[:1])
    return [device for device in devices if device.token == target]
