"""Define responses: the checks of a campaign."""

from typing import Annotated

from pydantic import BaseModel, Field

from postrider.campaigns.checks.model import Level


class CampaignCheck(BaseModel):
    """A finding of the checks of a campaign."""

    code: Annotated[str, Field(description="Stable name of the finding, for programs.")]
    level: Annotated[Level, Field(description="`block`: the campaign cannot be scheduled; `ask`: you decide.")]
    loc: Annotated[list[str], Field(description="Path of the affected setting of the campaign; empty: the account.")]
    message: Annotated[str, Field(description="The problem and its solution.")]
    count: Annotated[int | None, Field(description="The number of affected people, images, links, bytes or seconds.")]


class CampaignChecksResponse(BaseModel):
    data: list[CampaignCheck]
