"""Define responses: the variants of a campaign's content."""

from typing import Annotated

from pydantic import BaseModel, Field


class CampaignArm(BaseModel):
    """A part of the recipients with contents of its own."""

    id: int
    name: Annotated[str, Field(description="A, B, …")]
    label: Annotated[str | None, Field(description="The name given by its author.")]
    share: Annotated[int, Field(description="Its weight among the shares of all arms.")]


class CampaignVariant(BaseModel):
    id: Annotated[int, Field(description="The id of the campaign for its own content.")]
    language: Annotated[str, Field(description="Tag of the language; blank for people whose language has no content.")]
    arm: Annotated[CampaignArm | None, Field(description="Null in a campaign without arms.")]
    subject: str | None
    has_html: Annotated[bool, Field(description="Whether it has an HTML part.")]
    has_text: Annotated[bool, Field(description="Whether it has a text part of its own.")]
    sender_id: Annotated[str | None, Field(description="The sender, if it differs from the campaign's sender.")]
    updated_on: int | None


class CampaignVariantsResponse(BaseModel):
    data: list[CampaignVariant]
