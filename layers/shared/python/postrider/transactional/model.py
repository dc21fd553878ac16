"""Define the request of a transactional mail, the stored mail, and the copy of each recipient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from postrider.mail_events.source import MailSource, SourceKind

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.contacts.identifiers import Identifier
    from postrider.content.attachments import Attachment
    from postrider.delivery.model import Outcome


@dataclass(frozen=True, kw_only=True)
class MailAddress:
    """An address with its display name."""

    email: str
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class MailRequest:
    """The request of a program. `template` is the id or the trigger name of a template; parts of the request override its parts.

    The sender is given by its id or its address; by default it is the sender of the default list, or the oldest one.
    `preheader` is the text beside the subject in the mail list of a mail program.
    `attributes` are the values of the merge tags. `data` is the value of the variables `trigger` and `message_data`.
    `person` identifies the contact of the default list for whom the mail is; an unknown person is created. The variable
    `customer` has the attributes of this contact. The mail is sent now, or at `send_at`; a draft waits to be released.
    `tracking` has `opens`, `clicks_html` and `clicks_text`, which are true by default.
    A mail with `to_unsubscribed` is also sent to unsubscribed people, but never to people who complained.
    With `is_always_taken`, suppressed addresses and missing values of the content are outcomes instead of errors.
    """

    to: tuple[MailAddress, ...]
    cc: tuple[MailAddress, ...] = ()
    bcc: tuple[MailAddress, ...] = ()
    sender_id: str | None = None
    sender_email: str | None = None
    sender_name: str | None = None
    reply_to_email: str | None = None
    subject: str | None = None
    preheader: str | None = None
    html: str | None = None
    text: str | None = None
    encoding: str | None = None
    inline_css: bool | None = None
    template: int | str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    person: Identifier | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    group_id: int | None = None
    tracking: Mapping[str, bool] = field(default_factory=dict)
    send_at: datetime | None = None
    is_draft: bool = False
    is_content_kept: bool = True
    to_unsubscribed: bool = False
    is_always_taken: bool = False


class Role(StrEnum):
    """The header that names a recipient; no header names recipients with the role BCC."""

    TO = "to"
    CC = "cc"
    BCC = "bcc"


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """A recipient of a mail. `id` is the id of the copy, `mailbox` a keyed hash of the address.

    `skipped` is the reason why the recipient gets no mail.
    """

    id: int
    role: Role
    email: str
    name: str | None
    mailbox: str
    skipped: str | None = None


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail with its content, which is stored until it expires.

    Its id is the id of the first copy. `reference` makes its Message-ID unique. `contact_id` and `list_id` identify the
    contact for whom the mail is, and `customer` has the attributes of this contact.
    """

    account_id: str
    id: int
    reference: str
    addressees: tuple[Addressee, ...]
    sender_id: str
    sender_name: str
    sender_email: str
    reply_to_email: str | None
    subject: str
    html: str | None
    text: str | None
    encoding: str | None
    inline_css: bool
    attributes: Mapping[str, str] | None
    """None: the content has no merge tags, and text in brackets is not replaced."""
    headers: tuple[tuple[str, str], ...]
    attachments: tuple[Attachment, ...]
    group_id: int | None
    tracking: Mapping[str, bool]
    company: Mapping[str, str]
    created_at: datetime
    due_at: datetime
    template_id: int | None = None
    list_id: int = 0
    contact_id: int = 0
    customer: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    is_draft: bool = False
    is_content_kept: bool = True
    to_unsubscribed: bool = False

    @property
    def source(self) -> MailSource:
        return MailSource(SourceKind.TRANSACTIONAL, self.id)

    @property
    def copies_to_send(self) -> int:
        """The number of recipients who are not skipped."""
        return sum(addressee.skipped is None for addressee in self.addressees)

    def addressee(self, copy_id: int) -> Addressee | None:
        return next((addressee for addressee in self.addressees if addressee.id == copy_id), None)


@dataclass(frozen=True, kw_only=True)
class MailCopy:
    """The copy of one recipient with its outcome: a row of the ledger, without the content.

    `attempts` counts the attempts in which the mailer may have received it. The address is None after the person was
    erased. `failure` explains the reason in a sentence, or is None.
    """

    account_id: str
    mail_id: int
    id: int
    created_at: datetime
    outcome: Outcome
    claim: str
    attempts: int
    claim_until: datetime | None
    reason: str | None
    message_id: str | None
    sent_at: datetime | None
    decided_at: datetime | None
    email: str | None
    mailbox: str
    group_id: int | None
    subject: str
    sender_name: str
    sender_email: str
    headers: tuple[tuple[str, str], ...]
    failure: str | None = None
    template_id: int | None = None
    list_id: int = 0
    contact_id: int = 0

    @property
    def source(self) -> MailSource:
        return MailSource(SourceKind.TRANSACTIONAL, self.mail_id)
