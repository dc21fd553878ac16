"""Build the services of lists and their contents, and the repositories of campaigns and workflows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.access import accounts, owners
from postrider.bootstrap.deployment import clock, cursors, event_subscribers, object_store, outbox, queue, root
from postrider.bootstrap.mail_events import events, link_table
from postrider.bootstrap.sender_domains import senders
from postrider.bootstrap.system_mailing import uses

if TYPE_CHECKING:
    from postrider.attributes.service import AttributeService
    from postrider.campaigns.service import CampaignService
    from postrider.consent.confirmation_requests import ConfirmationRequests
    from postrider.contacts.bulk_writer import ContactBulkWriter
    from postrider.contacts.change_log import ContactChangeLog
    from postrider.contacts.changes import ContactRecords, PendingContacts
    from postrider.contacts.naming import ContactNames
    from postrider.contacts.search import ContactSearch
    from postrider.contacts.service import ContactService
    from postrider.forms.service import FormService
    from postrider.groups.service import GroupService
    from postrider.interests.service import InterestService
    from postrider.lists.service import ListService
    from postrider.mails.condition_names import ConditionNames
    from postrider.segments.evaluation import FilterEvaluator
    from postrider.segments.ledgers import CampaignLedgers
    from postrider.segments.people_filters import PeopleFilters
    from postrider.segments.service import SegmentService
    from postrider.suppressions.service import SuppressionService
    from postrider.usecases.create_standard_list import StandardListCreation
    from postrider.usecases.delete_labels import NameDeletion
    from postrider.usecases.find_dependents import UseFinder
    from postrider.usecases.find_people import PeopleSearch
    from postrider.usecases.mail_reactions import MailReactions
    from postrider.usecases.suppress_address import AddressSuppression
    from postrider.usecases.suppress_contact import ContactSuppression
    from postrider.workflows.service import WorkflowService


@cache
def lists() -> ListService:
    from postrider.lists.repository import ListRepository
    from postrider.lists.service import ListService

    return ListService(ListRepository(outbox()), accounts(), senders(), clock())


@cache
def attributes() -> AttributeService:
    from postrider.attributes.repository import AttributeRepository
    from postrider.attributes.service import AttributeService

    return AttributeService(AttributeRepository(), lists(), clock())


@cache
def groups() -> GroupService:
    from postrider.groups.repository import GroupRepository
    from postrider.groups.service import GroupService

    return GroupService(GroupRepository(), clock())


@cache
def interests() -> InterestService:
    from postrider.interests.repository import InterestRepository
    from postrider.interests.service import InterestService

    return InterestService(InterestRepository(), lists())


@cache
def suppressions() -> SuppressionService:
    from postrider.storage.page_markers import PageMarkers
    from postrider.suppressions.repository import SuppressionRepository
    from postrider.suppressions.service import SuppressionService

    return SuppressionService(SuppressionRepository(root(), outbox(), clock()), PageMarkers(clock()), clock())


@cache
def confirmation_requests() -> ConfirmationRequests:
    from postrider.consent.confirmation_requests import ConfirmationRequests

    return ConfirmationRequests(queue())


@cache
def contacts() -> ContactService:
    return contact_service()


@cache
def contact_service(pending: PendingContacts | None = None) -> ContactService:
    """Return the contact service for callers that may have ids of `pending` contacts."""
    from postrider.contacts.repository import ContactRepository
    from postrider.contacts.service import ContactService

    return ContactService(
        ContactRepository(outbox()),
        lists(),
        attributes(),
        groups(),
        interests(),
        suppressions(),
        clock(),
        change_recorder=contact_change_log(),
        confirmations=confirmation_requests(),
        pending=pending,
        records=_contact_records,
    )


def _contact_records() -> ContactRecords:
    from postrider.bootstrap.records import records_deletion

    return records_deletion()


@cache
def contact_change_log() -> ContactChangeLog:
    from postrider.contacts.change_log import ContactChangeLog

    return ContactChangeLog(events())


@cache
def contact_bulk_writer() -> ContactBulkWriter:
    from postrider.contacts.bulk_writer import ContactBulkWriter
    from postrider.contacts.repository import ContactRepository

    return ContactBulkWriter(
        ContactRepository(),
        contacts(),
        suppressions(),
        clock(),
        change_recorder=contact_change_log(),
        confirmations=confirmation_requests(),
        outbox=outbox(),
    )


@cache
def contact_search() -> ContactSearch:
    from postrider.contacts.repository import ContactRepository
    from postrider.contacts.search import ContactSearch
    from postrider.storage.page_markers import PageMarkers

    return ContactSearch(ContactRepository(), cursors(), PageMarkers(clock()))


@cache
def contact_names() -> ContactNames:
    from postrider.contacts.naming import ContactNames

    return ContactNames(attributes(), interests(), groups())


@cache
def filter_evaluator() -> FilterEvaluator:
    from postrider.segments.evaluation import FilterEvaluator

    return FilterEvaluator(attributes(), groups(), interests(), ledgers(), owners(), clock())


@cache
def people_search() -> PeopleSearch:
    from postrider.usecases.find_people import PeopleSearch

    return PeopleSearch(lists(), filter_evaluator(), contact_search())


@cache
def campaigns() -> CampaignService:
    from postrider.campaigns.children.repository import ChildRepository
    from postrider.campaigns.repository import CampaignRepository
    from postrider.campaigns.service import CampaignService

    repository = CampaignRepository(object_store())
    return CampaignService(repository, ChildRepository(repository), condition_names())


@cache
def workflows() -> WorkflowService:
    from postrider.workflows.repository import WorkflowRepository
    from postrider.workflows.service import WorkflowService

    return WorkflowService(WorkflowRepository(object_store(), event_subscribers()), condition_names())


@cache
def condition_names() -> ConditionNames:
    from postrider.mails.condition_names import ConditionNames

    return ConditionNames(groups(), interests())


@cache
def ledgers() -> CampaignLedgers:
    from postrider.segments.ledgers import CampaignLedgers

    return CampaignLedgers(campaigns(), link_table(), clock())


@cache
def segments() -> SegmentService:
    from postrider.segments.repository import SegmentRepository
    from postrider.segments.service import SegmentService

    return SegmentService(SegmentRepository(outbox()), lists(), filter_evaluator(), clock())


@cache
def people_filters() -> PeopleFilters:
    from postrider.segments.people_filters import PeopleFilters

    return PeopleFilters(attributes(), groups(), segments())


@cache
def use_finder() -> UseFinder:
    from postrider.usecases.find_dependents import UseFinder

    return UseFinder(uses(), campaigns(), workflows())


@cache
def standard_list_creation() -> StandardListCreation:
    from postrider.usecases.create_standard_list import StandardListCreation

    return StandardListCreation(lists(), attributes())


@cache
def label_deletion() -> NameDeletion:
    from postrider.usecases.delete_labels import NameDeletion

    return NameDeletion(groups(), interests(), attributes(), segments())


@cache
def address_suppression() -> AddressSuppression:
    from postrider.usecases.suppress_address import AddressSuppression

    return AddressSuppression(suppressions(), lists(), contacts())


@cache
def mail_reactions() -> MailReactions:
    from postrider.usecases.mail_reactions import MailReactions

    return MailReactions(contacts(), lists())


@cache
def contact_suppression() -> ContactSuppression:
    from postrider.usecases.suppress_contact import ContactSuppression

    return ContactSuppression(address_suppression(), lists(), contacts())


@cache
def forms() -> FormService:
    from postrider.forms.repository import FormRepository
    from postrider.forms.service import FormService

    return FormService(FormRepository(), lists(), accounts(), clock())
