"""Define responses of Customer.io's App API: the platform."""

from typing import Annotated

from pydantic import BaseModel, Field

Ipv4 = Annotated[str, Field(json_schema_extra={"format": "ipv4"})]


class IpAddresses(BaseModel):
    ip_addresses: list[Ipv4]
