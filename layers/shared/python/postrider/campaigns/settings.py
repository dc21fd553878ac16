"""Check that a mail can have the settings of a campaign."""

from postrider.campaigns.model import Campaign
from postrider.content.compiled import link_params
from postrider.content.headers import MAX_SENDER_NAME_CHARS, header_text


def check_settings(campaign: Campaign) -> None:
    """Check the sender's name and the link parameters. Raises Invalid for values that a mail cannot have."""
    link_params(campaign.tracking.get("additional_params"))
    if campaign.sender_name:
        header_text(campaign.sender_name, field=("sender", "name"), max_chars=MAX_SENDER_NAME_CHARS)
