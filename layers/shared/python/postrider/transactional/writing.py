"""Write the copies of a transactional mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from cachetools import LRUCache

from postrider.accounts.service import AccountService
from postrider.content import mime
from postrider.content.compiled import Compiled, ContentSource, Options, Rendered
from postrider.content.compose import Composer, MessageFrame
from postrider.content.headers import without_line_ends
from postrider.content.links import TargetLinks, TrialLinks
from postrider.content.merge_tags import Frame, Merging, Person
from postrider.content.preview import render
from postrider.content.validate import check_content
from postrider.content.vocabulary import Vocabulary
from postrider.kit.clock import Clock
from postrider.kit.errors import PostriderError
from postrider.ports.mailer import OutgoingMail
from postrider.tracking.tokens import Tokens
from postrider.transactional.model import Addressee, Mail, Role

MAILS_KEPT = 8
"""Number of compiled mails that a process caches, for the copies of one mail."""


@dataclass(frozen=True, kw_only=True)
class ConditionSubject:
    """The recipient of a mail for conditions of its content: attributes, and a contact without activities."""

    email: str
    attributes: Mapping[str, str | int]
    subscribed_at: datetime
    id: int = 0
    status: str = "active"
    last_bounce_type: str = "none"
    bounces_count: int = 0
    external_id: ClassVar[None] = None
    withdrawn_by: ClassVar[None] = None
    mark: ClassVar[None] = None
    groups: ClassVar[frozenset[str]] = frozenset()
    interests: ClassVar[frozenset[str]] = frozenset()


class MailWriter:
    def __init__(self, tokens: Tokens, accounts: AccountService, base_url: str, now: Clock) -> None:
        """Initialize the writer. `base_url` is the URL of the public pages, without a trailing slash."""
        self._tokens, self._accounts, self._base_url, self._now = tokens, accounts, base_url, now
        self._prepared: LRUCache[tuple[str, int], tuple[Compiled, Composer]] = LRUCache(MAILS_KEPT)

    def check(self, mail: Mail) -> None:
        """Check that the mail can be written. Raises Invalid for its content, a header or an address."""
        self.write(mail, mail.addressees[0])

    def render(self, mail: Mail, addressee: Addressee) -> Rendered:
        """Return the copy of a recipient for the browser; its links are not tracked."""
        compiled, _ = self._prepare(mail)
        links = TrialLinks([link.target for link in compiled.links], self._links(mail, addressee))
        person = _person(mail, addressee)
        return render(compiled, frame=_frame(mail), now=mail.due_at, person=person, links=links)

    def subject_to_keep(self, mail: Mail, addressee: Addressee) -> str:
        """Return the subject of a copy to store; merge tags stay if the values may not be stored, or one is missing."""
        if not mail.is_content_kept:
            return mail.subject
        try:
            compiled, _ = self._prepare(mail)
            merging = Merging(_person(mail, addressee), _frame(mail), self._links(mail, addressee), self._now())
            return without_line_ends(compiled.subject.render(merging))
        except PostriderError:
            return mail.subject

    def write(self, mail: Mail, addressee: Addressee) -> OutgoingMail:
        """Return the copy of a recipient. Raises Invalid if it cannot be written."""
        compiled, composer = self._prepare(mail)
        message = composer.message(
            _person(mail, addressee),
            self._links(mail, addressee).with_targets([link.target for link in compiled.links]),
            now=self._now(),
            reference=f"{mail.id}.{mail.reference}",
            recipients=_recipients(mail),
        )
        return OutgoingMail(to=addressee.email, sender=mail.sender_email, message=message)

    def _links(self, mail: Mail, addressee: Addressee) -> TargetLinks:
        return TargetLinks.of(
            self._tokens,
            self._base_url,
            account_id=mail.account_id,
            source=mail.source,
            list_id=0,
            contact_id=addressee.id,
            tracking_url=self._accounts.get_cached(mail.account_id).tracking_url,
        )

    def _prepare(self, mail: Mail) -> tuple[Compiled, Composer]:
        key = mail.account_id, mail.id
        if key not in self._prepared:
            compiled = check_content(_source(mail), options=_options(mail), vocabulary=_vocabulary(mail))
            sending = MessageFrame(
                frame=_frame(mail),
                host=urlsplit(self._base_url).hostname or "localhost",
                reply_to=mail.reply_to_email,
                headers=mail.headers,
                attachments=mail.attachments,
            )
            self._prepared[key] = compiled, Composer(compiled, sending)
        return self._prepared[key]


def _frame(mail: Mail) -> Frame:
    return Frame(sender_name=mail.sender_name, sender_email=mail.sender_email, company=mail.company)


def _person(mail: Mail, addressee: Addressee) -> Person:
    attributes = mail.attributes or {}
    contact = ConditionSubject(email=addressee.email, attributes=attributes, subscribed_at=mail.created_at)
    data = dict.fromkeys(("trigger", "message_data"), mail.data)
    return Person(email=addressee.email, fields=attributes, contact=contact, customer=mail.customer, data=data)


def _source(mail: Mail) -> ContentSource:
    return ContentSource(
        subject=mail.subject, html=mail.html, text=mail.text, encoding=mail.encoding, inline_css=mail.inline_css
    )


def _options(mail: Mail) -> Options:
    """Return the tracking of the mail. Its footer has no postal address and no link, since it is not subscribed to."""
    tracking = mail.tracking
    return Options(
        opens=tracking.get("opens", True),
        clicks_html=tracking.get("clicks_html", True),
        clicks_text=tracking.get("clicks_text", True),
    )


def _vocabulary(mail: Mail) -> Vocabulary:
    return Vocabulary() if mail.attributes is None else Vocabulary.of(dict.fromkeys(mail.attributes, "text"))


def _recipients(mail: Mail) -> bytes:
    """Return the headers with the recipients: each copy names all of them, except those with the role BCC."""
    lines = b""
    for role, header in ((Role.TO, "To"), (Role.CC, "Cc")):
        named = [(addressee.name, addressee.email) for addressee in mail.addressees if addressee.role == role]
        lines += mime.mailboxes(header, named)
    return lines
