"""Campaigns, from draft to delivered."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.access import accounts, owners, senders
from postrider.bootstrap.audience import (
    campaigns,
    condition_names,
    contact_names,
    contacts,
    filter_evaluator,
    ledgers,
    lists,
    segments,
    suppressions,
)
from postrider.bootstrap.deployment import clock, mailer, objects, outbox, public_base_url, queue, scheduler, sleep
from postrider.bootstrap.mail_events import events, link_table, mail_tokens
from postrider.bootstrap.overrides import overrides

if TYPE_CHECKING:
    from postrider.blueprints.service import BlueprintService
    from postrider.campaigns.acts import CampaignActs
    from postrider.campaigns.audience import AudienceCheck
    from postrider.campaigns.drafts import CampaignDrafts
    from postrider.campaigns.lifecycle import CampaignLifecycle
    from postrider.campaigns.rendering import CampaignRenderer
    from postrider.campaigns.views import CampaignViews
    from postrider.delivery.rate.service import RateService
    from postrider.delivery.service import DeliveryService
    from postrider.delivery.sources import MailSources
    from postrider.mails.rendering import MailRenderer
    from postrider.templates.service import TemplateService
    from postrider.usecases.delete_segment import SegmentDeletion
    from postrider.usecases.delete_sender import SenderDeletion


@cache
def campaign_acts() -> CampaignActs:
    from postrider.campaigns.acts import CampaignActs
    from postrider.campaigns.repository import CampaignRepository

    return CampaignActs(CampaignRepository(objects(), outbox()), clock())


@cache
def templates() -> TemplateService:
    from postrider.templates.repository import TemplateRepository
    from postrider.templates.service import TemplateService

    return TemplateService(TemplateRepository(objects()), accounts(), clock())


@cache
def blueprints() -> BlueprintService:
    from postrider.blueprints.service import BlueprintService

    return BlueprintService(clock())


@cache
def campaign_drafts() -> CampaignDrafts:
    from postrider.campaigns.drafts import CampaignDrafts
    from postrider.campaigns.repository import CampaignRepository

    return CampaignDrafts(
        CampaignRepository(objects(), outbox()),
        campaign_acts(),
        lists(),
        senders(),
        segments(),
        templates(),
        blueprints(),
        condition_names(),
        clock(),
    )


@cache
def campaign_views() -> CampaignViews:
    from postrider.campaigns.views import CampaignViews

    return CampaignViews(campaigns(), lists(), senders())


@cache
def audience_check() -> AudienceCheck:
    from postrider.campaigns.audience import AudienceCheck

    return AudienceCheck(lists(), segments())


@cache
def campaign_renderer() -> CampaignRenderer:
    from postrider.campaigns.rendering import CampaignRenderer

    return CampaignRenderer(campaigns(), mail_renderer())


@cache
def mail_renderer() -> MailRenderer:
    from postrider.mails.rendering import MailRenderer

    return MailRenderer(
        lists=lists(),
        senders=senders(),
        accounts=accounts(),
        names=contact_names(),
        contacts=contacts(),
        suppressions=suppressions(),
        ledgers=ledgers(),
        condition_names=condition_names(),
        owners=owners(),
        mailer=mailer(),
        tokens=mail_tokens(),
        base_url=public_base_url(),
        now=clock(),
    )


@cache
def rates() -> RateService:
    from postrider.delivery.rate.repository import DynamoLine
    from postrider.delivery.rate.service import RateService

    return RateService(DynamoLine(), mailer(), clock())


@cache
def mail_sources() -> MailSources:
    from postrider.campaigns.sending import CampaignMailSources

    return CampaignMailSources(
        campaigns(), campaign_acts(), audience_check(), campaign_renderer(), segments(), link_table(), clock()
    )


@cache
def delivery() -> DeliveryService:
    from postrider.campaigns.recipients import Recipients
    from postrider.campaigns.sending import CampaignComposer
    from postrider.delivery.repository import DynamoLedger
    from postrider.delivery.service import SENDING_THREADS, DeliveryService

    threads = overrides().sending_threads
    return DeliveryService(
        ledger=DynamoLedger(),
        sources=mail_sources(),
        audience=Recipients(contacts(), segments(), filter_evaluator(), suppressions()),
        composer=CampaignComposer(campaigns(), campaign_renderer(), mail_renderer()),
        mailer=mailer(),
        rates=rates(),
        queue=queue(),
        scheduler=scheduler(),
        log=events(),
        now=clock(),
        sleep=sleep,
        threads=SENDING_THREADS if threads is None else threads,
    )


@cache
def campaign_lifecycle() -> CampaignLifecycle:
    from postrider.campaigns.lifecycle import CampaignLifecycle

    return CampaignLifecycle(campaign_acts(), audience_check(), senders(), campaign_renderer(), delivery(), clock())


@cache
def sender_deletion() -> SenderDeletion:
    from postrider.usecases.delete_sender import SenderDeletion

    return SenderDeletion(senders(), lists(), campaigns())


@cache
def segment_deletion() -> SegmentDeletion:
    from postrider.usecases.delete_segment import SegmentDeletion

    return SegmentDeletion(segments(), campaigns())
