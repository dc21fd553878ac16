"""The checks of campaigns over HTTP."""

from typing import Annotated

from functions.api.campaigns.schemas_checks import CampaignCheck, CampaignChecksResponse
from postrider import bootstrap
from postrider.campaigns.checks.service import CampaignChecks
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.wire import CampaignId

operations = Operations("Campaign", MAIN)
Checks = Annotated[CampaignChecks, Depends(bootstrap.campaign_checks)]
Reader = Annotated[Caller, Depends(needs("campaigns:read"))]


@operations.get("/campaigns/{campaign_id}/checks", "Check a campaign before it is scheduled")
def get_campaign_checks(caller: Reader, checks: Checks, campaign_id: CampaignId) -> CampaignChecksResponse:
    """Return the problems that prevent scheduling, and then questions to answer before you schedule the campaign.

    The questions are about the sender and its domain (SPF, DKIM and DMARC in DNS), the audience, merge tags that are empty
    for some recipients, links (up to 30 are opened), images without a text, the size of the mail, and the duration of the
    sending. People are counted exactly in lists of up to 20,480 contacts, in larger lists from a sample.
    """
    findings = checks.all(caller.account_id, campaign_id)
    return CampaignChecksResponse(
        data=[
            CampaignCheck(
                code=finding.code,
                level=finding.level,
                loc=[str(part) for part in finding.field],
                message=finding.message,
                count=finding.count,
            )
            for finding in findings
        ]
    )
