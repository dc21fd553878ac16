"""Define a transactional mail, as it is ordered and as it is stored, and the copy of each of its recipients."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from postrider.contacts.identifiers import Identifier
from postrider.content.attachments import Attachment
from postrider.delivery.model import Outcome
from postrider.events.source import MailSource, SourceKind


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """An address with the name that programs show for it."""

    email: str
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class MailOrder:
    """The order of a program. `template` is the id or the trigger name of a template; own parts stand above its parts.

    The sender is named by its id or its address; without both it is that of the default list, or the oldest one.
    `preheader` is the text that programs show beside the subject in a list of mails.
    `attributes` are the values of the merge tags, `data` is that of the variables `trigger` and `message_data`, and `person`
    names the contact of the default list that the mail is for, which is made when it is unknown; the variable `customer` has
    its attributes. The mail leaves now, or at `send_at`; a draft waits until it is released.
    `tracking` has `opens`, `clicks_html` and `clicks_text`, which are true when left out.
    A mail with `to_unsubscribed` also goes to people who left the mails of the account, never to complainants.
    `is_always_taken`: an address that gets no mail, and a value that the content lacks, are outcomes instead of errors.
    """

    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
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
    """The header that names a recipient; none names one of the role BCC."""

    TO = "to"
    CC = "cc"
    BCC = "bcc"


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """A recipient of a mail. `id` is that of the copy, `mailbox` a keyed hash of the address.

    `skipped` is the reason why it gets no mail.
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

    Its id is that of the first copy. `reference` makes its Message-ID unique. `contact_id` is that of the contact of the
    list `list_id` that it is for, and `customer` has the attributes of this contact.
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
    """None: the content names no attributes, and text in brackets stays text."""
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

    def addressee(self, copy_id: int) -> Addressee | None:
        return next((addressee for addressee in self.addressees if addressee.id == copy_id), None)


@dataclass(frozen=True, kw_only=True)
class MailCopy:
    """The copy of one recipient and its outcome: a row of the ledger, without the content.

    `attempts` counts the times that it was, or may have been, handed to the mailer. The address is None once the person was
    erased. `failure` explains the reason in a sentence, where there is one.
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
