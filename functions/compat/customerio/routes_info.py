"""Facts about the platform over Customer.io's App API."""

from typing import Annotated

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.schemas_info import IpAddresses
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations

operations = Operations("Info", CUSTOMERIO)
Anyone = Annotated[Caller, Depends(CUSTOMERIO.needs("self:read"))]


@operations.get("/v1/info/ip_addresses", "List the IP addresses from which mails are sent")
def list_ip_addresses(caller: Anyone) -> IpAddresses:
    """Return the dedicated IP addresses of the deployment; empty if SES uses shared addresses."""
    return IpAddresses(ip_addresses=list(bootstrap.outgoing_ips()))
