"""Check that a mail can have the content and the settings of a campaign."""

from postrider.campaigns.model import Campaign, Content
from postrider.content.compile import Source, link_params
from postrider.content.headers import MAX_SENDER_NAME_CHARS, header_text
from postrider.content.validate import check_content as check_source


def check_content(content: Content) -> None:
    """Check a content without regard to a list. Raises Invalid when it cannot be sent."""
    check_source(source_of(content))


def check_settings(campaign: Campaign) -> None:
    """Check the sender's name and the link parameters. Raises Invalid when a mail cannot have them."""
    link_params(campaign.tracking.get("additional_params"))
    if campaign.sender_name:
        header_text(campaign.sender_name, field=("sender", "name"), max_chars=MAX_SENDER_NAME_CHARS)


def source_of(content: Content) -> Source:
    """Return the content as the compiler takes it."""
    return Source(
        subject=content.subject or "",
        html=content.html,
        text=content.text,
        encoding=content.encoding,
        default_unsubscribe_link=bool(content.default_unsubscribe_link),
    )
