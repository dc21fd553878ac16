"""Build the services of sign-ups, confirmations, preferences, and the data of one person."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.access import accounts, visitor_limits
from postrider.bootstrap.audience import (
    address_suppression,
    attributes,
    contacts,
    forms,
    interests,
    lists,
    mail_reactions,
    suppressions,
)
from postrider.bootstrap.background import contacts_by_given_id, file_imports, task_runner, tasks
from postrider.bootstrap.deployment import clock, public_base_url, queue, sleep
from postrider.bootstrap.emails import mail_copies
from postrider.bootstrap.insights import message_ids, messages, tracking
from postrider.bootstrap.mail_events import events, mail_tokens
from postrider.bootstrap.records import contact_events, devices, relations
from postrider.bootstrap.sender_domains import senders
from postrider.bootstrap.sending import delivery, rates
from postrider.bootstrap.system_mailing import system_mails

if TYPE_CHECKING:
    from postrider.consent.preferences import PreferenceService
    from postrider.consent.service import ConfirmationService
    from postrider.consent.sign_ups import SignUpService
    from postrider.forms.signup import SignUpProcessing
    from postrider.privacy.service import PrivacyService
    from postrider.usecases.unsubscribe_by_link import LinkUnsubscription
    from postrider.usecases.unsubscribe_by_message import MessageUnsubscription


LONGEST_PACE_S = 20.0
"""Maximum wait of a mail for its turn; beyond it, the mail is sent now. If SES refuses it, the queue retries it."""


@cache
def sign_ups() -> SignUpService:
    from postrider.consent.repository import SignUpRepository
    from postrider.consent.sign_ups import SignUpService

    return SignUpService(SignUpRepository(), clock())


@cache
def sign_up_processing() -> SignUpProcessing:
    from postrider.forms.signup import SignUpProcessing

    return SignUpProcessing(
        forms(),
        contacts_by_given_id(),
        attributes(),
        interests(),
        sign_ups(),
        visitor_limits(),
        queue(),
        base_url=public_base_url(),
        now=clock(),
    )


@cache
def confirmations() -> ConfirmationService:
    from postrider.consent.repository import RequestClaims
    from postrider.consent.service import ConfirmationService

    def pace() -> None:
        leaves_at = rates().lease_urgent()
        sleep(min(max(leaves_at - clock()().timestamp(), 0.0), LONGEST_PACE_S))

    return ConfirmationService(
        accounts(),
        contacts(),
        lists(),
        forms(),
        attributes(),
        interests(),
        sign_ups(),
        RequestClaims(),
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
def link_unsubscription() -> LinkUnsubscription:
    from postrider.usecases.unsubscribe_by_link import LinkUnsubscription

    return LinkUnsubscription(tracking(), lists(), mail_reactions(), address_suppression(), mail_copies())


@cache
def message_unsubscription() -> MessageUnsubscription:
    from postrider.usecases.unsubscribe_by_message import MessageUnsubscription

    return MessageUnsubscription(message_ids(), messages(), contacts().mailed_addresses, link_unsubscription(), clock())


@cache
def preferences() -> PreferenceService:
    from postrider.consent.preferences import PreferenceService

    return PreferenceService(mail_tokens(), contacts(), lists(), interests(), queue())


@cache
def privacy() -> PrivacyService:
    from postrider.privacy.service import PrivacyService

    return PrivacyService(
        lists(),
        contacts_by_given_id(),
        suppressions(),
        events(),
        delivery(),
        file_imports(),
        tasks(),
        task_runner(),
        sign_ups(),
        mail_copies(),
        relations(),
        contact_events(),
        devices(),
    )
