"""Rules of devices: a contact has a few; a new device replaces the least recently used one."""

from collections.abc import Mapping
from typing import Any

import orjson

from postrider.devices.model import Device
from postrider.devices.repository import DeviceRepository
from postrider.kit.errors import Invalid

MAX_DEVICES = 25
"""Maximum number of devices of a contact."""
MAX_TOKEN_BYTES = 1000
"""Maximum length of a token in bytes: the sort key of an item has at most 1,024."""
MAX_PLATFORM_CHARS = 50
MAX_ATTRIBUTE_BYTES = 8 * 1024


class DeviceService:
    def __init__(self, devices: DeviceRepository) -> None:
        self._devices = devices

    def of(self, account_id: str, contact_id: int) -> list[Device]:
        """Return the devices of a contact, the most recently used first."""
        devices = self._devices.of(account_id, contact_id)
        return sorted(devices, key=lambda device: (device.last_used_at, device.token), reverse=True)

    def checked(self, device: Device) -> Device:
        """Return the device. Raises Invalid for a device that cannot be stored."""
        _check(device)
        return device

    def put(self, account_id: str, contact_id: int, device: Device) -> None:
        """Store a device, or replace the device with this token. Raises Invalid for a device that cannot be stored.

        If the contact then has more than MAX_DEVICES, the least recently used devices are deleted.
        """
        _check(device)
        self._devices.put(account_id, contact_id, device)
        surplus = [other.token for other in self.of(account_id, contact_id) if other.token != device.token]
        self._devices.remove(account_id, contact_id, surplus[MAX_DEVICES - 1 :])

    def remove(self, account_id: str, contact_id: int, token: str) -> None:
        """Delete a device; an unknown token is ignored."""
        if _is_token(token):
            self._devices.remove(account_id, contact_id, [token])

    def forget(self, account_id: str, contact_id: int) -> None:
        """Delete all devices of a contact."""
        self._devices.remove(account_id, contact_id, [device.token for device in self.of(account_id, contact_id)])

    def move(self, account_id: str, *, from_id: int, to_id: int) -> None:
        """Move the devices of one contact to another. Repeating the call completes an interrupted one."""
        for device in reversed(self.of(account_id, from_id)):
            self.put(account_id, to_id, device)
            self.remove(account_id, from_id, device.token)


def _check(device: Device) -> None:
    if not _is_token(device.token):
        reason = f"Invalid device token: expected 1 to {MAX_TOKEN_BYTES} bytes."
        raise Invalid(reason, code="device_token_invalid", field="token")
    if not device.platform.strip() or len(device.platform) > MAX_PLATFORM_CHARS:
        reason = f"Invalid platform: expected 1 to {MAX_PLATFORM_CHARS} characters, such as ios or android."
        raise Invalid(reason, code="device_platform_invalid", field="platform")
    if _size_of(device.attributes) > MAX_ATTRIBUTE_BYTES:
        reason = f"The attributes of the device are too large: at most {MAX_ATTRIBUTE_BYTES} bytes."
        raise Invalid(reason, code="device_attributes_too_large", field="attributes")


def _is_token(token: str) -> bool:
    try:
        return bool(token.strip()) and len(token.encode()) <= MAX_TOKEN_BYTES
    except UnicodeEncodeError:
        return False


def _size_of(attributes: Mapping[str, Any]) -> int:
    try:
        return len(orjson.dumps(dict(attributes)))
    except TypeError as exc:
        reason = "Invalid attributes of the device: expected JSON values."
        raise Invalid(reason, code="device_attributes_invalid", field="attributes") from exc
