"""Define responses of Customer.io's App API: sender identities."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class SenderIdentity(BaseModel):
    id: int
    deduplicate_id: str
    name: str
    email: str
    address: Annotated[str, Field(description="Name and address, as a mail shows them.")]
    template_type: Literal["email", "phone"]
    auto_generated: bool
    phone: Annotated[str, Field(description="Of a phone sender; there are none.")] = ""
    hidden: bool = False


class SenderIdentitiesPage(BaseModel):
    sender_identities: list[SenderIdentity]
    next: str


class SenderIdentityResponse(BaseModel):
    sender_identity: SenderIdentity
