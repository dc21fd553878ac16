"""Facts about the account over Customer.io's Track API."""

from typing import Annotated, Literal

from pydantic import BaseModel

from functions.compat.customerio.auth import TRACK
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations

operations = Operations("Region", TRACK)
Anyone = Annotated[Caller, Depends(TRACK.needs("self:read"))]


class Region(BaseModel):
    url: str
    data_center: Literal["us"]
    environment_id: int


@operations.get("/api/v1/accounts/region", "Find the region of the account")
def get_region(caller: Anyone) -> Region:
    """Return the host of the API, which is always this host. A deployment has one region, with the label us."""
    host = bootstrap.public_base_url().partition("://")[2]
    return Region(url=host, data_center="us", environment_id=int(caller.account_id))
