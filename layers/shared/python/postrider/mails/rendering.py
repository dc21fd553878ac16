"""Turn settings and content into messages: a content is compiled once and merged for each contact."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from postrider.accounts.service import AccountService
from postrider.contacts.model import Contact, Value
from postrider.contacts.naming import ContactNames, ListNames
from postrider.contacts.service import ContactService
from postrider.content.compiled import Compiled, ContentWarning, Link, Rendered
from postrider.content.compose import Composer, MessageFrame
from postrider.content.links import MailLinks, TrialLinks, WebViewLinks
from postrider.content.merge_tags import Merging, Person
from postrider.content.model import Content
from postrider.content.preview import TrialKind, render, trial_messages
from postrider.filters import Fact, facts_of
from postrider.filters.respelling import TAG
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound, RateLimited, named_at
from postrider.kit.ids import random_id
from postrider.lists.model import ContactList
from postrider.lists.service import ListService
from postrider.mail_events.recipients import recipients
from postrider.mails.compiling import MailCompiler
from postrider.mails.condition_names import ConditionNames
from postrider.mails.model import MailSettings
from postrider.ports.mailer import Mailer, MailerError, MailerThrottled, MailerUnknown, OutgoingMail
from postrider.segments.evaluation import BlockFacts
from postrider.segments.ledgers import CampaignLedgers
from postrider.senders.service import SenderService
from postrider.snippets.service import SnippetService
from postrider.suppressions.service import SuppressionService
from postrider.tracking.tokens import MailToken, TokenPurpose, Tokens
from postrider.users.owners import OwnerService


@dataclass(frozen=True, kw_only=True)
class PreparedMail:
    """A mail that is prepared to be written to any contact of its list."""

    settings: MailSettings
    compiled: Compiled
    composer: Composer
    sending: MessageFrame
    facts: BlockFacts
    names: ListNames


@dataclass(frozen=True, kw_only=True)
class TrialMail:
    """A mail without a recipient: its headers, and its HTML with tracked links."""

    content: Content
    compiled: Compiled
    headers: str
    html: str
    names: ListNames

    def people(self, contacts: Iterable[Contact]) -> list[Person]:
        """Return contacts with the values for their mails, but without facts for conditions."""
        return [Person.of(self.names.named(contact)) for contact in contacts]


class MailRenderer:
    def __init__(
        self,
        *,
        lists: ListService,
        senders: SenderService,
        accounts: AccountService,
        names: ContactNames,
        contacts: ContactService,
        suppressions: SuppressionService,
        ledgers: CampaignLedgers,
        condition_names: ConditionNames,
        snippets: SnippetService,
        owners: OwnerService,
        mailer: Mailer,
        tokens: Tokens,
        base_url: str,
        now: Clock,
    ) -> None:
        self._compiler = MailCompiler(lists, senders, accounts, names, snippets, owners, base_url)
        self._senders, self._accounts, self._names = senders, accounts, names
        self._contacts, self._suppressions, self._mailer = contacts, suppressions, mailer
        self._ledgers, self._condition_names = ledgers, condition_names
        self._tokens, self._base_url, self._now = tokens, base_url, now

    # MessageFrame

    def prepare(
        self, settings: MailSettings, content: Content, contact_list: ContactList | None = None
    ) -> PreparedMail:
        """Return the mail prepared for sending. `contact_list` is its list, if the caller has read it.

        Raises Invalid if it cannot be sent, Forbidden for a domain of another account.
        """
        names = self._names.of(settings.account_id, settings.list_id or 0)
        names.keep_groups({key: name for name, key in content.names.get(TAG, {}).items()})
        contact_list = contact_list or self._compiler.find_list(settings)
        content = self._compiler.complete_content(settings, content)
        compiled = self._compiler.compile(settings, content, names, contact_list)
        sending = self._compiler.sending_of(settings, contact_list, content)
        self._senders.check_domain(settings.account_id, sending.frame.sender_email)
        return PreparedMail(
            settings=settings,
            compiled=compiled,
            composer=Composer(compiled, sending),
            sending=sending,
            facts=self._facts(settings, compiled),
            names=names,
        )

    def message(
        self, mailing: PreparedMail, contact: Contact, *, reference: str, data: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return the mail to a contact (RFC 5322); `data` is the value of the variable `trigger`.

        Raises Invalid if it cannot be written for this contact.
        """
        return mailing.composer.message(
            _with_data(_person_of(contact, mailing.names, mailing.facts), data),
            self._links(mailing.settings, contact),
            now=self._now(),
            reference=reference,
        )

    # Previews

    def links(
        self, settings: MailSettings, content: Content, contact_list: ContactList | None = None
    ) -> Sequence[Link]:
        """Return the links of the content. Raises Invalid if it cannot be merged."""
        return self._compiler.compile(
            settings, self._compiler.insert_snippets(settings, content), contact_list=contact_list
        ).links

    def sendable_links(self, settings: MailSettings, content: Content, contact_list: ContactList) -> Sequence[Link]:
        """Return the links of a mail that is about to be sent. Raises Invalid and Forbidden as `prepare` does."""
        compiled = self._compiler.compile(
            settings, self._compiler.complete_content(settings, content), contact_list=contact_list
        )
        _, sender_email = self._compiler.sender_of(settings)
        self._senders.check_domain(settings.account_id, sender_email)
        self._ledgers.check_kept(settings.account_id, _facts_in(compiled))
        return compiled.links

    def check_sender(self, settings: MailSettings) -> None:
        """Check that the sender may send mail. Raises Invalid, or Forbidden for a domain of another account."""
        self._senders.confirmed(settings.account_id, settings.sender_id or "", field=("sender", "id"))

    def attributes_of(self, settings: MailSettings, contact_id: int) -> Mapping[str, Value]:
        """Return the attributes of a contact of the list of the mail, by name. Raises NotFound."""
        if settings.list_id is None:
            raise NotFound("Unknown contact.", code="contact_not_found", field="contact_id")
        with named_at("contact_id"):
            contact = self._contacts.get(settings.account_id, settings.list_id, contact_id)
        return self._names.of(contact.account_id, contact.list_id, [contact]).attributes_of(contact)

    def check(
        self, settings: MailSettings, content: Content, contact_list: ContactList | None = None
    ) -> tuple[ContentWarning, ...]:
        """Check that the content can be merged for the list, and that its snippets, tags and interests exist.

        Return the warnings about the content. Raises Invalid.
        """
        content = self._compiler.complete_content(settings, content)
        compiled = self._compiler.compile(settings, content, contact_list=contact_list)
        self._condition_names.check(settings.account_id, settings.list_id, content)
        self._ledgers.check(settings.account_id, _facts_in(compiled), field="content")
        return compiled.warnings

    def warnings(self, settings: MailSettings, content: Content) -> tuple[ContentWarning, ...]:
        """Return the warnings about the content. Raises Invalid if it cannot be merged."""
        return self._compiler.compile(settings, self._compiler.insert_snippets(settings, content)).warnings

    def render(self, settings: MailSettings, content: Content, *, contact_id: int | None = None) -> Rendered:
        """Return the content merged for a contact, or with empty tags. Raises NotFound for the contact."""
        compiled = self._compiler.compile(settings, self._compiler.insert_snippets(settings, content))
        person = None
        if contact_id is not None:
            if settings.list_id is None:
                raise NotFound("Unknown contact.", code="contact_not_found", field="contact_id")
            with named_at("contact_id"):
                contact = self._contacts.get(settings.account_id, settings.list_id, contact_id)
            person = self._person(settings, compiled, contact)
        return render(
            compiled,
            frame=self._compiler.frame_of(settings, self._compiler.find_list(settings)),
            now=self._now(),
            person=person,
        )

    def trial(self, settings: MailSettings, content: Content) -> TrialMail:
        """Return the mail as it would be sent, without a recipient. Raises Invalid if it cannot be sent."""
        names = self._names.of(settings.account_id, settings.list_id or 0)
        contact_list = self._compiler.find_list(settings)
        content = self._compiler.insert_snippets(settings, content)
        compiled = self._compiler.compile(settings, content, names, contact_list)
        sending, links, now = (
            self._compiler.sending_of(settings, contact_list, content),
            self._links_of_nobody(settings),
            self._now(),
        )
        nobody = Person(email="nobody@example.com")
        message = Composer(compiled, sending).message(nobody, links, now=now, reference=f"trial-{random_id()}")
        html = "" if compiled.html is None else compiled.html.render(Merging(nobody, sending.frame, links, now))
        return TrialMail(
            content=content,
            compiled=compiled,
            headers=message.partition(b"\r\n\r\n")[0].decode(),
            html=html,
            names=names,
        )

    def web_view(
        self,
        settings: MailSettings,
        content: Content,
        token: MailToken,
        *,
        began_at: datetime | None,
        data: Mapping[str, Any] | None = None,
    ) -> Rendered:
        """Return a mail as the contact received it, for the browser. Raises NotFound for the contact.

        Dates are rendered at the moment of sending to the contact, or else at `began_at`, the begin of the run. `data` is the
        same as in `message`.
        """
        compiled = self._compiler.compile(settings, self._compiler.insert_snippets(settings, content))
        now = self._sent_at(settings, token.contact_id) or began_at or self._now()
        if not token.contact_id:
            return render(
                compiled, frame=self._compiler.frame_of(settings, self._compiler.find_list(settings)), now=now
            )
        contact = self._contacts.get(token.account_id, token.list_id, token.contact_id)
        links = WebViewLinks.of(
            self._tokens,
            self._base_url,
            account_id=settings.account_id,
            source=settings.source,
            list_id=contact.list_id,
            contact_id=contact.id,
            tracking_url=self._accounts.get_cached(settings.account_id).tracking_url,
            variant=settings.variant,
            link_numbers=settings.link_numbers,
            address_number=token.address_number,
        )
        person = _with_data(self._person(settings, compiled, contact), data)
        return render(
            compiled,
            frame=self._compiler.frame_of(settings, self._compiler.find_list(settings)),
            now=now,
            person=person,
            links=links,
        )

    def web_view_url(self, settings: MailSettings) -> str:
        """Return the public URL of the mail without personal data."""
        token = MailToken(account_id=settings.account_id, source=settings.source, list_id=settings.list_id or 0)
        return f"{self._base_url}/v/{self._tokens.make(TokenPurpose.VIEW, token)}"

    def send_test(self, settings: MailSettings, content: Content, *, to: str, separated: bool) -> None:
        """Send a test: one mail, or one mail per part. Tests are not counted.

        Raises Invalid for a missing subject or content, a sender that is not confirmed, a suppressed address, and a mail that
        the mailer refuses; RateLimited if the mailer accepts no more mails now.
        """
        if settings.sender_id is None:
            raise Invalid("The mail has no sender; set one.", code="mail_incomplete", field=("sender", "id"))
        sender = self._senders.confirmed(settings.account_id, settings.sender_id, field=("sender", "id"))
        if not content.subject or content.is_empty:
            raise Invalid("The mail has no subject or no content; add both.", code="mail_incomplete", field="content")
        if self._suppressions.blocks_sending(settings.account_id, to):
            raise Invalid("The address is suppressed: no mail is sent to it.", code="address_suppressed", field="email")
        compiled = self._compiler.compile(settings, self._compiler.insert_snippets(settings, content))
        messages = trial_messages(
            compiled,
            self._compiler.sending_of(settings, self._compiler.find_list(settings), content),
            TrialKind.SEPARATED if separated else TrialKind.MERGED,
            person=Person(email=to, fields={}),
            links=TrialLinks([link.target for link in compiled.links], self._links_of_nobody(settings)),
            now=self._now(),
            reference=f"test-{random_id()}",
        )
        tags = {"kind": "test", "account": settings.account_id, "source": str(settings.source.id)}
        for message in messages:
            self._send_at_once(OutgoingMail(to=to, sender=sender.email, message=message, tags=tags))

    # Steps

    def _send_at_once(self, mail: OutgoingMail) -> None:
        """Send a mail during the call, and report the answer of the mailer."""
        try:
            self._mailer.send(mail)
        except MailerThrottled as exc:
            reason = "The mail service accepts no more mails at the moment; retry in a second."
            raise RateLimited(reason, code="mailer_busy", details={"retry_after_s": 1}) from exc
        except MailerUnknown as exc:
            reason = (
                "The answer of the mail service was lost, so the mail may have been sent. "
                "Check the mailbox before you retry."
            )
            raise Invalid(reason, code="mail_unknown") from exc
        except MailerError as exc:
            raise Invalid(f"The mail was not sent: {exc}", code="mail_refused") from exc

    def _sent_at(self, settings: MailSettings, contact_id: int) -> datetime | None:
        recipient = recipients(settings.account_id, settings.source, [contact_id] if contact_id else ()).get(contact_id)
        if recipient is None or recipient.sent_at_ms is None:
            return None
        return datetime.fromtimestamp(recipient.sent_at_ms / 1000, UTC)

    def _facts(self, settings: MailSettings, compiled: Compiled) -> BlockFacts:
        wanted = _facts_in(compiled)
        self._ledgers.check_kept(settings.account_id, wanted)
        return BlockFacts(settings.account_id, wanted, self._ledgers)

    def _person(self, settings: MailSettings, compiled: Compiled, contact: Contact) -> Person:
        names = self._names.of(contact.account_id, contact.list_id, [contact])
        return _person_of(contact, names, self._facts(settings, compiled))

    def _links_of_nobody(self, settings: MailSettings) -> MailLinks:
        return MailLinks.of(
            self._tokens,
            self._base_url,
            account_id=settings.account_id,
            source=settings.source,
            list_id=settings.list_id or 0,
            contact_id=0,
        )

    def _links(self, settings: MailSettings, contact: Contact) -> MailLinks:
        return MailLinks.of(
            self._tokens,
            self._base_url,
            account_id=settings.account_id,
            source=settings.source,
            list_id=contact.list_id,
            contact_id=contact.id,
            tracking_url=self._accounts.get_cached(settings.account_id).tracking_url,
            variant=settings.variant,
            link_numbers=settings.link_numbers,
            address_number=contact.address_number,
        )


def _person_of(contact: Contact, names: ListNames, facts: BlockFacts) -> Person:
    return Person.of(names.named(contact), facts.of(contact), external_id=contact.external_id)


def _with_data(person: Person, data: Mapping[str, Any] | None) -> Person:
    """Return the recipient with the data of a program for the mail."""
    return person if data is None else replace(person, data={"trigger": data})


def _facts_in(compiled: Compiled) -> frozenset[Fact]:
    return frozenset(fact for tree in compiled.conditions for fact in facts_of(tree))
