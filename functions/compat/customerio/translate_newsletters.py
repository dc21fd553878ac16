"""Find newsletters, the campaigns of the account's default list, and translate their contents."""

from collections.abc import Mapping
from typing import Any

from functions.compat.customerio.render_newsletters import RECIPIENT, content_of
from functions.compat.customerio.schemas_newsletters import (
    ContentTexts,
    NewsletterContent,
    NewsletterContentUpdate,
)
from postrider import bootstrap
from postrider.campaigns import rules
from postrider.campaigns.model import Campaign
from postrider.campaigns.variants.model import Variant
from postrider.kit.errors import Invalid, NotFound, named_at

_FIELDS = {"subject": "subject", "body": "html", "body_plain": "text", "preheader_text": "preheader"}
"""Fields of our contents by members of Customer.io's contents."""


def newsletter(account_id: str, newsletter_id: int) -> Campaign:
    """Return the campaign. Raises NotFound, also for a broadcast, an archived campaign, and a campaign of another list."""
    unknown = NotFound("Unknown newsletter.", code="newsletter_not_found", field="newsletter_id")
    try:
        campaign = bootstrap.campaigns().get(account_id, newsletter_id)
    except NotFound as exc:
        raise unknown from exc
    is_sent_once = not (campaign.triggered or campaign.is_child)
    is_shown = campaign.status != rules.ARCHIVED and is_sent_once
    if not is_shown or campaign.list_id != bootstrap.lists().default(account_id).id:
        raise unknown
    return campaign


def contents(campaign: Campaign, *wanted: Variant) -> list[NewsletterContent]:
    """Return contents of a newsletter, by default all of them."""
    service = bootstrap.campaign_variants()
    variants = service.of(campaign)
    senders = bootstrap.senders().all(campaign.account_id)
    return [
        content_of(campaign, variants, variant, service.content(campaign, variant), senders)
        for variant in wanted or variants.variants
    ]


def content_changes(body: ContentTexts) -> dict[str, Any]:
    """Return the fields of the content that a body sets. Raises Invalid for AMP, which is not supported."""
    members = body.model_dump(exclude_unset=True)
    if (members.get("body_amp") or "").strip():
        raise Invalid("AMP is not supported: leave body_amp out.", code="amp_unsupported", field="body_amp")
    changes = {field: members[name] for name, field in _FIELDS.items() if members.get(name) is not None}
    if members.get("headers") is not None:
        changes["headers"] = {header["name"]: header["value"] for header in members["headers"]}
        if len(changes["headers"]) < len(members["headers"]):
            raise Invalid("A header is there twice: each name is allowed once.", field="headers")
    if changes.get("text") == "":
        changes["text"] = None
    return changes


def sender_changes(account_id: str, body: NewsletterContentUpdate) -> dict[str, Any]:
    """Return the sender and the reply address that a body sets. Raises Invalid for an unknown sender."""
    if body.recipient is not None and "".join(body.recipient.split()) not in ("", RECIPIENT):
        reason = f"A newsletter goes to the address of each person: recipient can only be {RECIPIENT}."
        raise Invalid(reason, code="recipient_fixed", field="recipient")
    settings: dict[str, Any] = {}
    if body.from_id is not None:
        settings["sender_id"] = _sender_id(account_id, body.from_id, "from_id")
    if body.reply_to_id is not None:
        with named_at("reply_to_id", as_=Invalid):
            settings["reply_to_email"] = bootstrap.senders().get_by_numeric_id(account_id, body.reply_to_id).email
    elif "reply_to_id" in body.model_fields_set:
        settings["reply_to_email"] = None
    return settings


def _sender_id(account_id: str, number: int, field: str) -> str:
    with named_at(field, as_=Invalid):
        return bootstrap.senders().get_by_numeric_id(account_id, number).id


def chosen_sender_id(account_id: str, *, from_id: int | None, mailbox: str | None) -> str | None:
    """Return the sender of a new newsletter, by default the oldest confirmed sender, or None without one."""
    if from_id is not None and mailbox:
        raise Invalid("Set either from or from_id, not both.", code="from_and_from_id", field="from_id")
    if from_id is not None:
        return _sender_id(account_id, from_id, "from_id")
    if mailbox:
        name, email = mailbox_parts(mailbox)
        return bootstrap.senders().for_address(account_id, email, name, field="from").id
    confirmed = [sender for sender in bootstrap.senders().all(account_id) if sender.confirmed]
    return min(confirmed, key=lambda sender: sender.created_at).id if confirmed else None


def mailbox_parts(mailbox: str) -> tuple[str, str]:
    """Return name and address of a text such as `Name <address>`; a missing name is blank."""
    name, separator, rest = mailbox.rpartition("<")
    if not separator:
        return "", mailbox.strip()
    return name.strip().strip('"'), rest.rstrip().removesuffix(">").strip()


def check_no_rate_limit(body: Mapping[str, Any]) -> None:
    """Raise Invalid for a rate limit of one newsletter, which is not supported."""
    if body.get("rate_limit_email_rate") is not None:
        reason = "The rate of a single newsletter cannot be limited: leave rate_limit_email_rate out."
        raise Invalid(reason, code="rate_limit_unsupported", field="rate_limit_email_rate")
