"""Campaigns, from draft to delivered."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.access import accounts, senders
from postrider.bootstrap.audience import attributes, contacts, filter_evaluator, ledgers, lists, segments, suppressions
from postrider.bootstrap.deployment import clock, objects, public_base_url, queue, sleep
from postrider.bootstrap.late import late
from postrider.bootstrap.mail_events import events, link_table, mail_tokens
from postrider.bootstrap.overrides import overrides

if TYPE_CHECKING:
    from postrider.campaigns.rendering import CampaignRenderer
    from postrider.campaigns.service import CampaignService
    from postrider.delivery.rate.service import RateService
    from postrider.delivery.service import DeliveryService


@cache
def campaigns() -> CampaignService:
    from postrider.campaigns.repository import CampaignRepository
    from postrider.campaigns.service import CampaignService

    return CampaignService(
        CampaignRepository(objects()),
        lists(),
        senders(),
        late("segments"),
        late("campaign_renderer"),
        late("delivery"),
        clock(),
    )


@cache
def campaign_renderer() -> CampaignRenderer:
    from postrider.campaigns.rendering import CampaignRenderer

    return CampaignRenderer(
        campaigns=campaigns(),
        lists=lists(),
        senders=senders(),
        accounts=accounts(),
        attributes=attributes(),
        contacts=contacts(),
        suppressions=suppressions(),
        ledgers=ledgers(),
        mailer=late("mailer"),
        tokens=mail_tokens(),
        base_url=public_base_url(),
        now=clock(),
    )


@cache
def rates() -> RateService:
    from postrider.delivery.rate.repository import DynamoLine
    from postrider.delivery.rate.service import RateService

    return RateService(DynamoLine(), late("mailer"), clock())


@cache
def delivery() -> DeliveryService:
    from postrider.campaigns.recipients import Recipients
    from postrider.campaigns.sending import CampaignComposer, CampaignMailSources
    from postrider.delivery.repository import DynamoLedger
    from postrider.delivery.service import SENDING_THREADS, DeliveryService

    threads = overrides().sending_threads
    return DeliveryService(
        ledger=DynamoLedger(),
        sources=CampaignMailSources(campaigns(), late("campaign_renderer"), segments(), link_table()),
        audience=Recipients(contacts(), segments(), filter_evaluator(), suppressions()),
        composer=CampaignComposer(campaigns(), late("campaign_renderer")),
        mailer=late("mailer"),
        rates=rates(),
        queue=queue(),
        scheduler=late("scheduler"),
        log=events(),
        now=clock(),
        sleep=sleep,
        threads=SENDING_THREADS if threads is None else threads,
    )
