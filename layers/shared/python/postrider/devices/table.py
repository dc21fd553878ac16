"""Devices in the records table."""

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from postrider.storage.dynamo import UnixSeconds
from postrider.storage.records_table import RecordsTableItem


class DeviceItem(RecordsTableItem, discriminator="device"):
    """A device: pk `device#<account>#<contact>`, sk its token."""

    platform = UnicodeAttribute()
    last_used_at = UnixSeconds()
    attributes = JSONAttribute(null=True)
