"""Define answers of the Docs API: the account, and the health check."""

from typing import Literal

from pydantic import BaseModel

from functions.compat.docs.schemas import HexId, Linked, Moment
from postrider.http.fields import Sparse


class RootContact(BaseModel):
    company: str
    addr1: str
    addr2: str
    city: str
    state: str
    zip: str
    country: str


class Rates(BaseModel):
    open_rate: float
    bounce_rate: float
    click_rate: float


class Root(Linked, Sparse):
    """The account of the key, and links to the collections."""

    account_id: HexId
    login_id: HexId | None = None
    account_name: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    avatar_url: str | None = None
    role: str | None = None
    member_since: Moment | None = None
    pricing_plan_type: Literal["monthly", "pay_as_you_go", "forever_free"] | None = None
    first_payment: str | None = None
    account_timezone: str | None = None
    account_industry: str | None = None
    contact: RootContact | None = None
    pro_enabled: bool | None = None
    last_login: Moment | None = None
    total_subscribers: int
    industry_stats: Rates | None = None


class Ping(BaseModel):
    health_status: str
