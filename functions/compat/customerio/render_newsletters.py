"""Render newsletters for Customer.io's API: a campaign with its contents, test groups and figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.compat.customerio.dates import deduplicate_id
from functions.compat.customerio.schemas_newsletter_metrics import LinkMetrics, Metric
from functions.compat.customerio.schemas_newsletters import MAX_NAME_CHARS, Newsletter, NewsletterContent, TestGroup
from postrider.campaigns.model import Campaign
from postrider.campaigns.variants.model import Variant, VariantSet
from postrider.content.model import Content
from postrider.kit.clock import unix, unix_or_none
from postrider.reports import calendar
from postrider.reports.calendar import LinkSeries, Series
from postrider.reports.rules import COUNTED_BOUNCES
from postrider.senders.model import Sender

EMAIL = "email"
RECIPIENT = "{{customer.email}}"
_METRICS: Mapping[str, Sequence[str]] = {
    "created": (calendar.CREATED,),
    "attempted": (calendar.ATTEMPTED,),
    "sent": (calendar.SENT,),
    "opened": ("unique_opens",),
    "clicked": ("unique_clicks",),
    "converted": (),
    "bounced": tuple(COUNTED_BOUNCES),
    "deferred": ("delayed",),
    "drafted": (),
    "dropped": (calendar.SKIPPED,),
    "failed": (calendar.FAILED, "failed"),
    "spammed": ("complained",),
    "suppressed": (calendar.SUPPRESSED,),
    "undeliverable": (calendar.SUPPRESSED,),
    "unsubscribed": ("unsubscribed_recipients",),
    "human_opened": ("unique_opens",),
    "human_clicked": ("unique_clicks",),
    "prefetch_opened": ("bot_opens",),
    "prefetch_clicked": ("bot_clicks",),
    "topic_unsubscribed": (),
    **{f"{digit}xx": () for digit in range(2, 6)},
}
"""The measures by metric of Customer.io, which is their sum."""


def newsletter_of(campaign: Campaign) -> Newsletter:
    content_ids = campaign.variant_ids or [campaign.id]
    return Newsletter(
        id=campaign.id,
        deduplicate_id=deduplicate_id(campaign.id, campaign.updated_at),
        name=campaign.name[:MAX_NAME_CHARS],
        type=EMAIL,
        subject=campaign.subject or "",
        content_ids=content_ids,
        msg_template_ids=content_ids,
        recipient_segment_ids=_segment_ids(campaign),
        subscription_topic_id=None,
        tags=None,
        sent_at=unix_or_none(campaign.scheduled_for if campaign.run_id else None),
        created=unix(campaign.created_at),
        updated=unix(campaign.updated_at),
    )


def _segment_ids(campaign: Campaign) -> list[int]:
    """Return the ids of the segments in the audience."""
    return campaign.audience_segment_ids or ([] if campaign.segment_id is None else [campaign.segment_id])


def content_of(
    campaign: Campaign,
    variants: VariantSet,
    variant: Variant,
    content: Content,
    senders: Sequence[Sender],
) -> NewsletterContent:
    sender_id, reply_to_email = (
        variant.sender_id or campaign.sender_id,
        variant.reply_to_email or campaign.reply_to_email,
    )
    sender = next((sender for sender in senders if sender.id == sender_id), None)
    reply_to = next((sender for sender in senders if sender.email == reply_to_email), None)
    return NewsletterContent.model_validate(
        {
            "id": variant.id,
            "newsletter_id": campaign.id,
            "deduplicate_id": deduplicate_id(variant.id, variant.updated_at or campaign.created_at),
            "name": next((arm.name for arm in variants.arms if arm.id == variant.arm), ""),
            "type": EMAIL,
            "language": variant.language,
            "layout": "",
            "body": content.html or "",
            "body_amp": "",
            "body_plain": content.text or "",
            "subject": content.subject or "",
            "preheader_text": content.preheader or "",
            "from": _mailbox(campaign, sender),
            "from_id": None if sender is None else sender.numeric_id,
            "reply_to": reply_to_email or "",
            "reply_to_id": None if reply_to is None else reply_to.numeric_id,
            "recipient": RECIPIENT,
            "bcc": "",
            "cc": "",
            "fake_bcc": False,
            "preprocessor": "premailer",
            "headers": [{"name": name, "value": value} for name, value in content.headers.items()],
        }
    )


def _mailbox(campaign: Campaign, sender: Sender | None) -> str:
    if sender is None:
        return ""
    name = (campaign.sender_name if sender.id == campaign.sender_id else None) or sender.name
    return f"{name} <{sender.email}>" if name else sender.email


def test_groups_of(variants: VariantSet) -> list[TestGroup]:
    return [
        TestGroup(
            id=arm.id,
            name=arm.name,
            label=arm.label or "",
            winner=False,
            content_ids=[variant.id for variant in variants.of_arm(arm.id)],
        )
        for arm in variants.arms
    ]


def metric_of(series: Series) -> Metric:
    """Return the figures; a sent mail without a bounce counts as delivered."""
    values = {name: series.values(*measures) for name, measures in _METRICS.items()}
    values["delivered"] = [max(0, sent - back) for sent, back in zip(values["sent"], values["bounced"], strict=True)]
    total = {name: sum(counts) for name, counts in values.items()}
    total["delivered"] = max(0, total["sent"] - total["bounced"])
    return Metric.model_validate({"type": EMAIL, "total": total, "series": values})


def links_of(links: Sequence[LinkSeries], *, unique: bool = False) -> list[LinkMetrics]:
    return [LinkMetrics.model_validate(_link(link, link.unique if unique else link.clicks)) for link in links]


def _link(link: LinkSeries, clicks: Sequence[int]) -> dict[str, Any]:
    total = sum(clicks)
    return {
        "link": {"id": link.id, "href": link.target},
        "metric": {
            "total": {"clicked": total, "human_clicked": total, "machine_clicked": sum(link.machines)},
            "series": {"clicked": clicks, "human_clicked": clicks, "machine_clicked": link.machines},
        },
    }
