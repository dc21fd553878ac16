"""Define responses of Customer.io's App API: users of a segment or a sender."""

from pydantic import BaseModel


class UsedBy(BaseModel):
    """Ids by kind of user."""

    campaigns: list[int]
    sent_newsletters: list[int]
    draft_newsletters: list[int]
