"""Build the services of transactional mail and push messages."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.access import accounts
from postrider.bootstrap.audience import address_suppression, contact_names, lists, suppressions
from postrider.bootstrap.background import contacts_by_given_id
from postrider.bootstrap.deployment import (
    clock,
    mailer,
    object_store,
    public_base_url,
    pusher,
    queue,
    root,
    scheduler,
    sleep,
)
from postrider.bootstrap.mail_events import events, mail_tokens
from postrider.bootstrap.records import devices
from postrider.bootstrap.sender_domains import senders
from postrider.bootstrap.sending import rates, usage
from postrider.bootstrap.system_mailing import snippets, templates

if TYPE_CHECKING:
    from postrider.pushes.sender import PushSender
    from postrider.pushes.service import PushService
    from postrider.transactional.contents import MailContents
    from postrider.transactional.copies import CopyService
    from postrider.transactional.copy_sender import TransactionalSender
    from postrider.transactional.logs import TransactionalLogs
    from postrider.transactional.mailboxes import Mailboxes
    from postrider.transactional.people import AddresseeStatuses
    from postrider.transactional.reports import TransactionalReports
    from postrider.transactional.repository import MailLedger, MailStore
    from postrider.transactional.service import TransactionalService
    from postrider.transactional.writing import MailWriter
    from postrider.usecases.process_transactional_events import TransactionalEvents


@cache
def mail_store() -> MailStore:
    from postrider.transactional.repository import MailStore

    return MailStore(object_store())


@cache
def mail_ledger() -> MailLedger:
    from postrider.transactional.repository import MailLedger

    return MailLedger()


@cache
def mailboxes() -> Mailboxes:
    from postrider.transactional.mailboxes import Mailboxes

    return Mailboxes(root)


@cache
def mail_writer() -> MailWriter:
    from postrider.transactional.writing import MailWriter

    return MailWriter(mail_tokens(), accounts(), public_base_url(), clock())


@cache
def mail_people() -> AddresseeStatuses:
    from postrider.transactional.people import AddresseeStatuses

    return AddresseeStatuses(contacts_by_given_id(), contact_names(), lists())


@cache
def mail_contents() -> MailContents:
    from postrider.transactional.contents import MailContents

    return MailContents(templates(), snippets())


@cache
def transactional_mails() -> TransactionalService:
    from postrider.transactional.chosen_sender import SenderSelection
    from postrider.transactional.service import TransactionalService

    return TransactionalService(
        mails=mail_store(),
        ledger=mail_ledger(),
        writer=mail_writer(),
        accounts=accounts(),
        senders=SenderSelection(senders(), lists()),
        contents=mail_contents(),
        people=mail_people(),
        suppressions=suppressions(),
        usage=usage(),
        queue=queue(),
        scheduler=scheduler(),
        mailboxes=mailboxes(),
        events=events(),
        now=clock(),
    )


@cache
def transactional_sender() -> TransactionalSender:
    from postrider.transactional.copy_sender import TransactionalSender

    return TransactionalSender(
        mails=mail_store(),
        ledger=mail_ledger(),
        writer=mail_writer(),
        accounts=accounts(),
        suppressions=suppressions(),
        people=mail_people(),
        mailer=mailer(),
        rates=rates(),
        queue=queue(),
        events=events(),
        now=clock(),
        sleep=sleep,
    )


@cache
def pushes() -> PushService:
    from postrider.pushes.log import PushLog
    from postrider.pushes.repository import PushRepository
    from postrider.pushes.service import PushService

    return PushService(
        PushRepository(), mail_people(), devices(), mail_contents(), PushLog(events()), queue(), scheduler(), clock()
    )


@cache
def push_sender() -> PushSender:
    from postrider.pushes.log import PushLog
    from postrider.pushes.repository import PushRepository
    from postrider.pushes.sender import PushSender

    return PushSender(PushRepository(), devices(), pusher(), PushLog(events()), queue(), clock())


@cache
def mail_copies() -> CopyService:
    from postrider.transactional.copies import CopyService

    return CopyService(mail_store(), mail_ledger(), events(), mailboxes(), mail_writer())


@cache
def transactional_logs() -> TransactionalLogs:
    from postrider.transactional.logs import TransactionalLogs

    return TransactionalLogs(events(), mail_ledger(), mailboxes())


@cache
def transactional_reports() -> TransactionalReports:
    from postrider.transactional.reports import TransactionalReports

    return TransactionalReports(events())


@cache
def transactional_events() -> TransactionalEvents:
    from postrider.usecases.process_transactional_events import TransactionalEvents

    return TransactionalEvents(events(), transactional_sender(), address_suppression())
