"""Build the services of campaigns and delivery."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.access import accounts, owners, visitor_limits
from postrider.bootstrap.action_sending import action_mail_sources, is_unknown, journey_audience
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
    workflows,
)
from postrider.bootstrap.background import contacts_by_given_id, pending_imports, task_runner, tasks
from postrider.bootstrap.deployment import (
    clock,
    dns,
    epochs,
    fetcher,
    mailer,
    object_store,
    outbox,
    public_base_url,
    queue,
    scheduler,
    sleep,
)
from postrider.bootstrap.mail_events import events, link_table, mail_tokens
from postrider.bootstrap.overrides import overrides
from postrider.bootstrap.sender_domains import domain_ownership, senders
from postrider.bootstrap.system_mailing import snippets, templates, uses

if TYPE_CHECKING:
    from postrider.blueprints.service import BlueprintService
    from postrider.campaigns.acts import CampaignActs
    from postrider.campaigns.audience import AudienceCheck
    from postrider.campaigns.checks.requirements import CampaignRequirements
    from postrider.campaigns.checks.run_limit import CampaignRunLimit
    from postrider.campaigns.checks.service import CampaignChecks
    from postrider.campaigns.children.audiences import AudienceStore
    from postrider.campaigns.children.service import CampaignChildren
    from postrider.campaigns.drafts import CampaignDrafts
    from postrider.campaigns.lifecycle import CampaignLifecycle
    from postrider.campaigns.progress import CampaignProgressService
    from postrider.campaigns.recipients import CampaignAudience
    from postrider.campaigns.rendering import CampaignRenderer
    from postrider.campaigns.variants.service import CampaignVariants
    from postrider.campaigns.views import CampaignViews
    from postrider.delivery.rate.service import RateService
    from postrider.delivery.service import DeliveryService
    from postrider.delivery.sources import MailSources
    from postrider.journeys.sending import ActionComposer
    from postrider.mails.rendering import MailRenderer
    from postrider.usage.service import UsageService
    from postrider.usecases.delete_segment import SegmentDeletion
    from postrider.usecases.delete_sender import SenderDeletion
    from postrider.usecases.delete_snippet import SnippetDeletion
    from postrider.usecases.remove_campaign import CampaignRemoval
    from postrider.usecases.start_campaign import CampaignStart
    from postrider.usecases.take_up_restored_tables import RestoredTablesTakeover


@cache
def campaign_acts() -> CampaignActs:
    from postrider.campaigns.acts import CampaignActs
    from postrider.campaigns.repository import CampaignRepository

    return CampaignActs(CampaignRepository(object_store(), outbox()), clock())


@cache
def blueprints() -> BlueprintService:
    from postrider.blueprints.service import BlueprintService

    return BlueprintService(clock())


@cache
def campaign_drafts() -> CampaignDrafts:
    from postrider.campaigns.drafts import CampaignDrafts
    from postrider.campaigns.repository import CampaignRepository

    return CampaignDrafts(
        CampaignRepository(object_store(), outbox()),
        campaign_acts(),
        lists(),
        senders(),
        segments(),
        templates(),
        blueprints(),
        condition_names(),
        uses(),
        clock(),
    )


@cache
def campaign_variants() -> CampaignVariants:
    from postrider.campaigns.repository import CampaignRepository
    from postrider.campaigns.variants.service import CampaignVariants

    repository = CampaignRepository(object_store(), outbox())
    return CampaignVariants(repository, campaign_acts(), condition_names(), uses(), clock())


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

    return CampaignRenderer(campaigns(), mail_renderer(), link_table(), stored_audiences())


@cache
def stored_audiences() -> AudienceStore:
    from postrider.campaigns.children.audiences import AudienceStore

    return AudienceStore(object_store())


@cache
def campaign_children() -> CampaignChildren:
    from postrider.campaigns.children.repository import ChildRepository
    from postrider.campaigns.children.service import CampaignChildren
    from postrider.campaigns.repository import CampaignRepository

    return CampaignChildren(
        ChildRepository(CampaignRepository(object_store())),
        campaign_acts(),
        stored_audiences(),
        contacts_by_given_id(),
        campaign_requirements(),
        delivery(),
        tasks(),
        task_runner(),
        clock(),
    )


@cache
def mail_renderer() -> MailRenderer:
    from postrider.mails.rendering import MailRenderer

    return MailRenderer(
        lists=lists(),
        senders=senders(),
        accounts=accounts(),
        names=contact_names(),
        contacts=contacts_by_given_id(),
        suppressions=suppressions(),
        ledgers=ledgers(),
        condition_names=condition_names(),
        snippets=snippets(),
        owners=owners(),
        mailer=mailer(),
        tokens=mail_tokens(),
        base_url=public_base_url(),
        now=clock(),
    )


@cache
def rates() -> RateService:
    from postrider.delivery.rate.repository import DynamoTimeline
    from postrider.delivery.rate.service import RateService

    return RateService(DynamoTimeline(), mailer(), clock())


@cache
def mail_sources() -> MailSources:
    from postrider.campaigns.sending import CampaignMailSources
    from postrider.delivery.by_kind import MailSourcesByKind
    from postrider.mail_events.source import SourceKind

    of_campaigns = CampaignMailSources(
        campaigns(), campaign_acts(), audience_check(), campaign_renderer(), segments(), link_table(), clock()
    )
    return MailSourcesByKind({SourceKind.CAMPAIGN: of_campaigns, SourceKind.WORKFLOW_ACTION: action_mail_sources()})


@cache
def action_composer() -> ActionComposer:
    from postrider.journeys.sending import ActionComposer

    return ActionComposer(workflows(), mail_renderer(), link_table(), clock())


@cache
def delivery() -> DeliveryService:
    from postrider.campaigns.sending import CampaignComposer
    from postrider.delivery.by_kind import AudiencesByKind, ComposersByKind
    from postrider.delivery.repository import DynamoLedger
    from postrider.delivery.service import SENDING_THREADS, DeliveryService
    from postrider.mail_events.source import SourceKind

    of_campaigns = recipients()
    composer = CampaignComposer(campaigns(), campaign_renderer(), mail_renderer())
    threads = overrides().sending_threads
    return DeliveryService(
        ledger=DynamoLedger(),
        sources=mail_sources(),
        audience=AudiencesByKind(of_campaigns, {SourceKind.WORKFLOW_ACTION: journey_audience()}),
        composer=ComposersByKind({SourceKind.CAMPAIGN: composer, SourceKind.WORKFLOW_ACTION: action_composer()}),
        mailer=mailer(),
        rates=rates(),
        queue=queue(),
        scheduler=scheduler(),
        log=events(),
        now=clock(),
        sleep=sleep,
        threads=SENDING_THREADS if threads is None else threads,
        can_send=epochs().can_send,
        is_unknown=is_unknown,
        is_open=accounts().is_open,
    )


@cache
def restored_tables_takeover() -> RestoredTablesTakeover:
    from postrider.usecases.take_up_restored_tables import RestoredTablesTakeover

    return RestoredTablesTakeover(epochs(), mail_sources(), clock())


@cache
def campaign_progress() -> CampaignProgressService:
    from postrider.campaigns.progress import CampaignProgressService

    return CampaignProgressService(campaigns(), delivery())


@cache
def usage() -> UsageService:
    from postrider.usage.repository import AcceptedMailRepository, ReservationRepository
    from postrider.usage.service import UsageService

    reservations, accepted = ReservationRepository(), AcceptedMailRepository()
    return UsageService(accounts(), events(), delivery(), mail_sources(), reservations, accepted, clock())


@cache
def recipients() -> CampaignAudience:
    from postrider.campaigns.recipients import CampaignAudience

    return CampaignAudience(contacts(), segments(), filter_evaluator(), suppressions(), stored_audiences(), clock())


@cache
def campaign_requirements() -> CampaignRequirements:
    from postrider.campaigns.checks.audience import AudienceSampler
    from postrider.campaigns.checks.requirements import CampaignRequirements

    sampler = AudienceSampler(recipients(), contacts())
    return CampaignRequirements(audience_check(), senders(), campaign_renderer(), delivery(), sampler, usage())


@cache
def campaign_run_limit() -> CampaignRunLimit:
    from postrider.campaigns.checks.run_limit import CampaignRunLimit

    return CampaignRunLimit(usage())


@cache
def campaign_checks() -> CampaignChecks:
    from postrider.campaigns.checks.links import LinkChecks
    from postrider.campaigns.checks.sender import SenderChecks
    from postrider.campaigns.checks.service import CampaignChecks

    return CampaignChecks(
        campaigns(),
        campaign_requirements(),
        campaign_renderer(),
        accounts(),
        senders(),
        SenderChecks(dns(), domain_ownership()),
        LinkChecks(fetcher(), visitor_limits()),
        delivery(),
        clock(),
    )


@cache
def campaign_lifecycle() -> CampaignLifecycle:
    from postrider.campaigns.lifecycle import CampaignLifecycle

    return CampaignLifecycle(campaign_acts(), campaign_requirements(), delivery(), clock())


@cache
def campaign_removal() -> CampaignRemoval:
    from postrider.usecases.remove_campaign import CampaignRemoval

    return CampaignRemoval(campaigns(), campaign_drafts(), campaign_lifecycle())


@cache
def campaign_start() -> CampaignStart:
    from postrider.usecases.start_campaign import CampaignStart

    return CampaignStart(delivery(), campaigns(), campaign_requirements(), mail_sources(), pending_imports(), clock())


@cache
def sender_deletion() -> SenderDeletion:
    from postrider.usecases.delete_sender import SenderDeletion

    return SenderDeletion(senders(), lists(), campaigns(), workflows())


@cache
def snippet_deletion() -> SnippetDeletion:
    from postrider.usecases.delete_snippet import SnippetDeletion

    return SnippetDeletion(snippets(), uses(), campaigns(), campaign_variants(), workflows(), templates())


@cache
def segment_deletion() -> SegmentDeletion:
    from postrider.usecases.delete_segment import SegmentDeletion

    return SegmentDeletion(segments(), campaigns(), workflows())
