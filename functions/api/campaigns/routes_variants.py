"""The variants of the content of campaigns over HTTP."""

from typing import Annotated

from functions.api.campaigns.schemas_variants import CampaignArm, CampaignVariant, CampaignVariantsResponse
from postrider import bootstrap
from postrider.campaigns.service import CampaignService
from postrider.campaigns.variants.model import Variant, VariantSet
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.wire import CampaignId
from postrider.kit.clock import unix_or_none

operations = Operations("Campaign", MAIN)
Campaigns = Annotated[CampaignService, Depends(bootstrap.campaigns)]
Reader = Annotated[Caller, Depends(needs("campaigns:read"))]


def _variant(variants: VariantSet, variant: Variant) -> CampaignVariant:
    arm = next((arm for arm in variants.arms if arm.id == variant.arm), None)
    return CampaignVariant(
        id=variant.id,
        language=variant.language,
        arm=None if arm is None else CampaignArm(id=arm.id, name=arm.name, label=arm.label, share=arm.share),
        subject=variant.subject,
        has_html=variant.has_html,
        has_text=variant.has_text,
        sender_id=variant.sender_id,
        updated_on=unix_or_none(variant.updated_at),
    )


@operations.get("/campaigns/{campaign_id}/variants", "List the variants of a campaign's content")
def get_campaign_variants(caller: Reader, campaigns: Campaigns, campaign_id: CampaignId) -> CampaignVariantsResponse:
    """Return the contents of a campaign by language and arm, its own content first; most campaigns have no others.

    They are set up through Customer.io's API. Each person gets one content: the arm depends on the contact, and the language
    on its attribute `language`.
    """
    variants = campaigns.variants(campaigns.get(caller.account_id, campaign_id))
    return CampaignVariantsResponse(data=[_variant(variants, variant) for variant in variants.variants])
