"""The one place that builds services from repositories and adapters.

Each is built when it is first asked for, and its modules are imported then: a function pays at its cold start for what it
uses, not for the whole platform.
"""

# imports inside functions are the point here
from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from postrider.kit.clock import Clock, utc_now
from postrider.kit.settings import setting

if TYPE_CHECKING:
    from postrider.accounts.service import AccountService
    from postrider.attributes.service import AttributeService
    from postrider.bulk.service import BulkService
    from postrider.campaigns.rendering import CampaignRenderer
    from postrider.campaigns.service import CampaignService
    from postrider.consent.confirmation_requests import ConfirmationRequests
    from postrider.consent.preferences import PreferenceService
    from postrider.consent.service import ConfirmationService
    from postrider.contacts.bulk_writer import ContactBulkWriter
    from postrider.contacts.change_log import ContactChangeLog
    from postrider.contacts.naming import ContactNames
    from postrider.contacts.search import ContactSearch
    from postrider.contacts.service import ContactService
    from postrider.delivery.rate.service import RateService
    from postrider.delivery.service import DeliveryService
    from postrider.events.exports import LogExportService
    from postrider.events.queries import EventQueries
    from postrider.events.service import EventService
    from postrider.events.ses.service import SesEventService
    from postrider.exports.files import ExportFiles
    from postrider.exports.service import ExportService
    from postrider.forms.service import FormService
    from postrider.forms.signup import SignUpService
    from postrider.groups.service import GroupService
    from postrider.imports.files import FileImportService
    from postrider.imports.from_web import WebImportService
    from postrider.imports.service import ImportService
    from postrider.interests.service import InterestService
    from postrider.kit.paging import Cursors
    from postrider.lists.service import ListService
    from postrider.ports.fetcher import Fetcher
    from postrider.ports.mailer import Mailer
    from postrider.ports.object_store import ObjectStore
    from postrider.ports.queue import Queue
    from postrider.ports.scheduler import Scheduler
    from postrider.privacy.service import PrivacyService
    from postrider.rate_limits.calls import CallLimits
    from postrider.rate_limits.visitors import VisitorLimits
    from postrider.reports.service import ReportService
    from postrider.segments.evaluation import FilterEvaluator
    from postrider.segments.ledgers import CampaignLedgers
    from postrider.segments.service import SegmentService
    from postrider.senders.service import SenderService
    from postrider.suppressions.service import SuppressionService
    from postrider.system_mails.service import SystemMailService
    from postrider.tasks.runner import Job, TaskRunner
    from postrider.tasks.service import TaskService
    from postrider.tokens.service import TokenService
    from postrider.tracking.links import LinkTable
    from postrider.tracking.service import TrackingService
    from postrider.tracking.tokens import Tokens
    from postrider.usecases.delete_names import DeleteNames
    from postrider.users.owners import OwnerService
    from postrider.users.service import UserService

LONGEST_PACE_S = 20.0
"""A mail that would have to wait longer leaves now: SES refuses it if it is too much, and the queue brings it back."""

_replaced: dict[str, Any] = {}


def replace(**parts: Any) -> None:
    """Use these instead of what is built here, e.g. clock=…, mailer=…; everything is built anew. For tests."""
    _replaced.update(parts)
    for part in list(globals().values()):
        if hasattr(part, "cache_clear"):
            part.cache_clear()


class _Late:
    """A service that is looked up at its first use: lists need contacts, and contacts need lists."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build

    def __getattr__(self, name: str) -> Any:
        return getattr(self._build(), name)


def _late(build: Callable[[], Any]) -> Any:
    """Typed as anything: it stands for whatever `build` gives."""
    return _Late(build)


# The deployment


@cache
def clock() -> Clock:
    given: Clock = _replaced.get("clock", utc_now)
    return given


@cache
def root() -> bytes:
    """The secret that keys of cursors, links and hashes are derived from."""
    from postrider.adapters.secrets import root_secret

    return root_secret(setting("SECRET_ARN"))


@cache
def cursors() -> Cursors:
    from postrider.kit.paging import Cursors

    return Cursors(root())


@cache
def objects() -> ObjectStore:
    from postrider.adapters.s3 import S3ObjectStore

    given: ObjectStore = _replaced.get("objects") or S3ObjectStore(setting("STORAGE_BUCKET"))
    return given


@cache
def queue() -> Queue:
    from postrider.adapters.sqs import SqsQueue

    given: Queue = _replaced.get("queue") or SqsQueue()
    return given


# Who


@cache
def accounts() -> AccountService:
    from postrider.accounts.repository import AccountRepository
    from postrider.accounts.service import AccountService

    return AccountService(AccountRepository(), clock())


@cache
def users() -> UserService:
    from postrider.users.repository import UserRepository
    from postrider.users.service import UserService

    return UserService(UserRepository(), clock(), _replaced.get("password_hasher"))


@cache
def owners() -> OwnerService:
    from postrider.users.owners import OwnerService

    return OwnerService(accounts(), users())


@cache
def tokens() -> TokenService:
    from postrider.adapters.kms import KmsSigner
    from postrider.tokens.repository import RefreshRepository
    from postrider.tokens.service import TokenService

    return TokenService(
        _late(users),
        accounts(),
        RefreshRepository(),
        KmsSigner(setting("SIGNING_KEY_ID")),
        clock(),
        _late(visitor_limits),
    )


@cache
def call_limits() -> CallLimits | None:
    """None when the deployment sets no limit."""
    per_second = _replaced.get("account_calls_per_s") or int(setting("ACCOUNT_CALLS_PER_S", "0"))
    if not per_second:
        return None
    from postrider.rate_limits.calls import CallCounts, CallLimits

    return CallLimits(CallCounts(), per_second, clock())


# What an account configures


@cache
def senders() -> SenderService:
    from postrider.senders.repository import SenderRepository
    from postrider.senders.service import SenderService

    return SenderService(
        SenderRepository(), _late(system_mails), [_late(lists), _late(campaigns)], _late(visitor_limits), clock()
    )


@cache
def lists() -> ListService:
    from postrider.lists.repository import ListRepository
    from postrider.lists.service import ListService

    return ListService(ListRepository(), senders(), _late(bulk), clock())


@cache
def tasks() -> TaskService:
    from postrider.tasks.repository import TaskRepository
    from postrider.tasks.service import TaskService

    return TaskService(TaskRepository(), clock())


@cache
def campaigns() -> CampaignService:
    from postrider.campaigns.repository import CampaignRepository
    from postrider.campaigns.service import CampaignService

    return CampaignService(
        CampaignRepository(objects()),
        lists(),
        senders(),
        _late(segments),
        _late(campaign_renderer),
        _late(delivery),
        clock(),
    )


# Contacts


@cache
def attributes() -> AttributeService:
    from postrider.attributes.repository import AttributeRepository
    from postrider.attributes.service import AttributeService

    return AttributeService(AttributeRepository(), lists())


@cache
def suppressions() -> SuppressionService:
    from postrider.storage.page_markers import PageMarkers
    from postrider.suppressions.repository import SuppressionRepository
    from postrider.suppressions.service import SuppressionService

    return SuppressionService(SuppressionRepository(root()), lists(), _late(contacts), PageMarkers(clock()), clock())


@cache
def contacts() -> ContactService:
    from postrider.contacts.repository import ContactRepository
    from postrider.contacts.service import ContactService

    return ContactService(
        ContactRepository(),
        lists(),
        attributes(),
        groups(),
        interests(),
        suppressions(),
        clock(),
        change_recorder=_late(contact_change_log),
        opt_in=confirmation_requests(),
    )


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
        opt_in=confirmation_requests(),
    )


@cache
def imports() -> ImportService:
    from postrider.imports.service import ImportService

    return ImportService(contact_bulk_writer(), lists(), attributes(), objects(), queue())


@cache
def file_imports() -> FileImportService:
    from postrider.imports.files import FileImportService

    return FileImportService(lists(), attributes(), groups(), interests(), tasks(), task_runner(), objects())


@cache
def web_imports() -> WebImportService:
    from postrider.imports.from_web import WebImportService

    return WebImportService(lists(), tasks(), task_runner())


@cache
def fetcher() -> Fetcher:
    from postrider.adapters.web import WebFetcher

    given: Fetcher = _replaced.get("fetcher") or WebFetcher()
    return given


@cache
def contact_search() -> ContactSearch:
    from postrider.contacts.repository import ContactRepository
    from postrider.contacts.search import ContactSearch
    from postrider.storage.page_markers import PageMarkers

    return ContactSearch(ContactRepository(), lists(), cursors(), PageMarkers(clock()))


# What becomes of mails


@cache
def events() -> EventService:
    from postrider.events.repository import LogRepository
    from postrider.events.service import EventService
    from postrider.storage.page_markers import PageMarkers

    return EventService(LogRepository(), _late(cursors), PageMarkers(clock()))


@cache
def event_queries() -> EventQueries:
    from postrider.events.queries import EventQueries

    return EventQueries(events(), campaigns(), lists(), contacts())


@cache
def log_exports() -> LogExportService:
    from postrider.events.exports import LogExportService

    return LogExportService(campaigns(), tasks(), task_runner(), export_files())


@cache
def link_table() -> LinkTable:
    from postrider.tracking.links import LinkTable

    return LinkTable()


@cache
def mail_tokens() -> Tokens:
    from postrider.tracking.tokens import Tokens

    return Tokens(root())


@cache
def tracking() -> TrackingService:
    from postrider.tracking.service import TrackingService

    return TrackingService(mail_tokens(), link_table(), _late(contacts), _late(suppressions), queue(), clock())


@cache
def reports() -> ReportService:
    from postrider.reports.service import ReportService

    return ReportService(events(), campaigns(), lists(), contacts(), delivery(), link_table())


@cache
def ses_events() -> SesEventService:
    from postrider.events.ses.service import CampaignLists, SesEventService

    list_of = CampaignLists(lambda account_id, campaign_id: campaigns().get(account_id, campaign_id).list_id)
    return SesEventService(
        events(), contacts(), suppressions(), delivery(), list_of, takers={}, settle=reports().settle
    )


def public_base_url() -> str:
    """Of the pages that mails link to, without a slash at its end."""
    return setting("PUBLIC_BASE_URL").rstrip("/")


# Sending


@cache
def scheduler() -> Scheduler:
    from postrider.adapters.scheduler import EventBridgeScheduler

    given: Scheduler = _replaced.get("scheduler") or EventBridgeScheduler()
    return given


@cache
def rates() -> RateService:
    from postrider.delivery.rate.repository import DynamoLine
    from postrider.delivery.rate.service import RateService

    return RateService(DynamoLine(), _late(mailer), clock())


@cache
def delivery() -> DeliveryService:
    import time

    from postrider.campaigns.recipients import Recipients
    from postrider.campaigns.sending import CampaignComposer, StartedCampaigns
    from postrider.delivery.repository import DynamoLedger
    from postrider.delivery.service import SENDING_THREADS, DeliveryService

    return DeliveryService(
        ledger=DynamoLedger(),
        campaigns=StartedCampaigns(campaigns(), _late(campaign_renderer), segments(), link_table()),
        audience=Recipients(contacts(), segments(), filter_evaluator(), suppressions()),
        composer=CampaignComposer(campaigns(), _late(campaign_renderer)),
        mailer=_late(mailer),
        rates=rates(),
        queue=queue(),
        scheduler=_late(scheduler),
        log=events(),
        now=clock(),
        sleep=_replaced.get("sleep", time.sleep),
        threads=_replaced.get("sending_threads", SENDING_THREADS),
    )


# Forms and consent


@cache
def visitor_limits() -> VisitorLimits:
    from postrider.rate_limits.visitors import VisitorLimits
    from postrider.rate_limits.visits import VisitRepository

    return VisitorLimits(VisitRepository(), root(), clock())


@cache
def forms() -> FormService:
    from postrider.forms.repository import FormRepository
    from postrider.forms.service import FormService

    return FormService(FormRepository(), lists(), clock())


@cache
def sign_ups() -> SignUpService:
    from postrider.forms.signup import SignUpService

    return SignUpService(forms(), contacts(), attributes(), interests(), visitor_limits(), queue())


@cache
def confirmation_requests() -> ConfirmationRequests:
    from postrider.consent.confirmation_requests import ConfirmationRequests

    return ConfirmationRequests(queue())


@cache
def confirmations() -> ConfirmationService:
    import time

    from postrider.consent.service import ConfirmationService

    sleep = _replaced.get("sleep", time.sleep)

    def pace() -> None:
        leaves_at = rates().lease_urgent()
        sleep(min(max(leaves_at - clock()().timestamp(), 0.0), LONGEST_PACE_S))

    return ConfirmationService(
        contacts(),
        lists(),
        forms(),
        senders(),
        suppressions(),
        system_mails(),
        mail_tokens(),
        visitor_limits(),
        pace,
        base_url=public_base_url(),
        now=clock(),
    )


@cache
def preferences() -> PreferenceService:
    from postrider.consent.preferences import PreferenceService

    return PreferenceService(mail_tokens(), contacts(), lists(), interests(), tracking(), queue())


# Filters and changes of many


@cache
def filter_evaluator() -> FilterEvaluator:
    from postrider.segments.evaluation import FilterEvaluator

    return FilterEvaluator(attributes(), groups(), interests(), ledgers(), clock())


@cache
def ledgers() -> CampaignLedgers:
    from postrider.segments.ledgers import CampaignLedgers

    return CampaignLedgers(_late(campaigns))


@cache
def segments() -> SegmentService:
    from postrider.segments.repository import SegmentRepository
    from postrider.segments.service import SegmentService

    return SegmentService(SegmentRepository(), lists(), filter_evaluator(), _late(campaigns), clock())


@cache
def interests() -> InterestService:
    from postrider.interests.repository import InterestRepository
    from postrider.interests.service import InterestService

    return InterestService(InterestRepository(), lists())


@cache
def groups() -> GroupService:
    from postrider.groups.repository import GroupRepository
    from postrider.groups.service import GroupService

    return GroupService(GroupRepository(), clock())


@cache
def contact_names() -> ContactNames:
    from postrider.contacts.naming import ContactNames

    return ContactNames(attributes(), interests(), groups())


@cache
def delete_names() -> DeleteNames:
    from postrider.usecases.delete_names import DeleteNames

    return DeleteNames(groups(), interests(), attributes(), segments())


@cache
def bulk() -> BulkService:
    from postrider.bulk.service import BulkService

    return BulkService(contacts(), filter_evaluator(), tasks(), task_runner())


@cache
def task_runner() -> TaskRunner:
    from postrider.bulk.service import CHANGE_CONTACTS, EMPTY_LIST, ChangeContacts, EmptyList
    from postrider.events.exports import CAMPAIGN_LOG_EXPORT, ExportCampaignLog
    from postrider.events.repository import LogRepository
    from postrider.exports.service import CONTACTS_EXPORT, ExportContacts
    from postrider.imports.files import CONTACTS_IMPORT, ImportFile
    from postrider.imports.from_web import FETCH_IMPORT, FetchFile
    from postrider.tasks.runner import TaskRunner

    jobs: dict[str, Job] = {
        CHANGE_CONTACTS: ChangeContacts(contacts(), filter_evaluator()),
        EMPTY_LIST: EmptyList(contacts(), lists(), _late(forms), _late(bulk)),
        CAMPAIGN_LOG_EXPORT: ExportCampaignLog(LogRepository(), contacts(), export_files()),
        CONTACTS_EXPORT: ExportContacts(contacts(), contact_names(), segments(), filter_evaluator(), export_files()),
        FETCH_IMPORT: FetchFile(_late(fetcher), _late(file_imports), objects()),
        CONTACTS_IMPORT: ImportFile(
            contact_bulk_writer(), lists(), attributes(), groups(), _late(task_runner), objects()
        ),
    }
    return TaskRunner(tasks(), queue(), jobs)


@cache
def export_files() -> ExportFiles:
    from postrider.exports.files import ExportFiles

    return ExportFiles(objects(), clock())


@cache
def exports() -> ExportService:
    from postrider.exports.service import ExportService

    return ExportService(contacts(), segments(), filter_evaluator(), tasks(), task_runner(), export_files())


@cache
def people() -> PrivacyService:
    from postrider.privacy.service import PrivacyService

    return PrivacyService(
        lists(),
        contacts(),
        suppressions(),
        events(),
        delivery(),
        file_imports(),
        tasks(),
        task_runner(),
    )


# Mails


@cache
def mailer() -> Mailer:
    from postrider.adapters.ses import SesMailer

    given: Mailer = _replaced.get("mailer") or SesMailer(setting("SES_CONFIGURATION_SET"), clock())
    return given


@cache
def campaign_renderer() -> CampaignRenderer:
    from postrider.campaigns.rendering import CampaignRenderer

    return CampaignRenderer(
        campaigns=campaigns(),
        lists=lists(),
        senders=senders(),
        accounts=accounts(),
        names=contact_names(),
        contacts=contacts(),
        suppressions=suppressions(),
        ledgers=ledgers(),
        mailer=_late(mailer),
        tokens=mail_tokens(),
        base_url=public_base_url(),
        now=clock(),
    )


@cache
def system_mails() -> SystemMailService:
    from postrider.system_mails.service import SystemMailService

    return SystemMailService(
        mailer(),
        accounts(),
        base_url=public_base_url(),
        sender_email=setting("SYSTEM_SENDER_EMAIL", "postrider@localhost.localdomain"),
        now=clock(),
    )
