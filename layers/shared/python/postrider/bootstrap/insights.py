"""Build the services of logs, messages and reports, and of the events of mails."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.access import accounts
from postrider.bootstrap.audience import address_suppression, campaigns, contacts, lists, mail_reactions, workflows
from postrider.bootstrap.automation import action_renderer
from postrider.bootstrap.background import export_files, numbered_exports, task_runner, tasks
from postrider.bootstrap.deployment import clock, cursors, queue
from postrider.bootstrap.emails import mail_copies, pushes, transactional_events
from postrider.bootstrap.mail_events import events, link_table, mail_tokens
from postrider.bootstrap.sender_domains import senders
from postrider.bootstrap.sending import campaign_renderer, delivery, mail_sources, usage
from postrider.bootstrap.system_mailing import templates

if TYPE_CHECKING:
    from postrider.mail_events.exports import LogExportService
    from postrider.mail_events.queries import EventQueries
    from postrider.messages.exports import MessageExportService
    from postrider.messages.ids import MessageIds
    from postrider.messages.service import MessageService
    from postrider.reports.calendar_service import CalendarReportService
    from postrider.reports.period_service import PeriodReportService
    from postrider.reports.service import ReportService
    from postrider.reports.sources import ReportedSources
    from postrider.tracking.service import TrackingService
    from postrider.usecases.archived_messages import MessageArchive
    from postrider.usecases.list_figures import ListFiguresService
    from postrider.usecases.process_ses_events import SesEventService
    from postrider.usecases.report_events import ReportedEvents


@cache
def event_queries() -> EventQueries:
    from postrider.mail_events.queries import EventQueries

    return EventQueries(events(), campaigns(), workflows(), lists(), contacts())


@cache
def message_ids() -> MessageIds:
    from postrider.messages.ids import MessageIds

    return MessageIds(mail_tokens())


@cache
def messages() -> MessageService:
    from postrider.messages.reader import MessageReader
    from postrider.messages.service import MessageService

    reader = MessageReader(
        events(),
        delivery(),
        campaigns(),
        workflows(),
        contacts(),
        lists(),
        mail_copies(),
        pushes(),
        message_ids(),
    )
    return MessageService(events(), lists(), reader, message_ids(), cursors())


@cache
def message_archive() -> MessageArchive:
    from postrider.usecases.archived_messages import MessageArchive

    return MessageArchive(campaign_renderer(), action_renderer(), mail_copies(), senders(), delivery())


@cache
def log_exports() -> LogExportService:
    from postrider.mail_events.exports import LogExportService

    return LogExportService(campaigns(), tasks(), task_runner(), export_files())


@cache
def tracking() -> TrackingService:
    from postrider.tracking.service import TrackingService

    return TrackingService(mail_tokens(), link_table(), queue(), clock())


@cache
def reported_sources() -> ReportedSources:
    from postrider.reports.sources import ReportedSources

    return ReportedSources(mail_sources(), campaigns())


@cache
def reports() -> ReportService:
    from postrider.reports.service import ReportService

    return ReportService(events(), reported_sources(), workflows(), lists(), contacts(), delivery(), link_table())


@cache
def list_figures() -> ListFiguresService:
    from postrider.usecases.list_figures import ListFiguresService

    return ListFiguresService(contacts(), events())


@cache
def period_reports() -> PeriodReportService:
    from postrider.reports.period_service import PeriodReportService

    return PeriodReportService(
        events(), reported_sources(), lists(), contacts(), accounts(), delivery(), usage(), clock()
    )


@cache
def calendar_reports() -> CalendarReportService:
    from postrider.reports.calendar_service import CalendarReportService

    return CalendarReportService(events(), delivery(), campaign_renderer(), clock())


@cache
def ses_events() -> SesEventService:
    from postrider.mail_events.source import SourceKind
    from postrider.usecases.process_ses_events import CampaignLists, SesEventService

    return SesEventService(
        events(),
        mail_reactions(),
        address_suppression(),
        delivery(),
        CampaignLists(campaigns()),
        handlers={SourceKind.TRANSACTIONAL.value: lambda event: transactional_events().process(event)},
    )


@cache
def reported_events() -> ReportedEvents:
    from postrider.usecases.report_events import ReportedEvents

    return ReportedEvents(
        messages(),
        message_ids(),
        contacts().mailed_addresses,
        ses_events(),
        transactional_events(),
        events(),
        link_table(),
        pushes(),
        clock(),
    )


@cache
def message_exports() -> MessageExportService:
    from postrider.messages.exports import MessageExportService

    return MessageExportService(
        campaigns(), workflows(), templates(), delivery(), events(), tasks(), task_runner(), numbered_exports()
    )
