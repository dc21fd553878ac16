"""Store devices."""

from collections.abc import Collection

from postrider.devices.model import Device
from postrider.devices.table import DeviceItem
from postrider.storage.records_table import RecordsTableItem


class DeviceRepository:
    def of(self, account_id: str, contact_id: int) -> list[Device]:
        """Return the devices of a contact in order of token."""
        items = DeviceItem.query(_partition(account_id, contact_id), consistent_read=True)
        return [
            Device(
                token=item.sk,
                platform=item.platform,
                last_used_at=item.last_used_at,
                attributes=item.attributes or {},
            )
            for item in items
        ]

    def put(self, account_id: str, contact_id: int, device: Device) -> None:
        DeviceItem(
            _partition(account_id, contact_id),
            device.token,
            platform=device.platform,
            last_used_at=device.last_used_at,
            attributes=dict(device.attributes) or None,
        ).save()

    def remove(self, account_id: str, contact_id: int, tokens: Collection[str]) -> None:
        """Delete the devices with these tokens; unknown tokens are ignored."""
        with RecordsTableItem.batch_write() as batch:
            for token in tokens:
                batch.delete(DeviceItem(_partition(account_id, contact_id), token))


def _partition(account_id: str, contact_id: int) -> str:
    return f"device#{account_id}#{contact_id}"
