"""Turn a campaign into messages: its content is compiled once and merged for each contact."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from postrider.accounts.merge_tags import company_tags
from postrider.accounts.model import Account
from postrider.accounts.service import AccountService
from postrider.campaigns.condition_names import ConditionNames
from postrider.campaigns.model import Campaign
from postrider.campaigns.service import CampaignService
from postrider.contacts.model import Contact
from postrider.contacts.naming import ContactNames, ListNames
from postrider.contacts.service import ContactService
from postrider.content.compile import Compiled, Options, compile_content
from postrider.content.compose import Composer, Sending
from postrider.content.headers import check_sender_name
from postrider.content.links import MailLinks, TrialLinks, WebViewLinks
from postrider.content.model import Content
from postrider.content.preview import Rendered, TrialKind, render, trial_messages
from postrider.content.source import source_of
from postrider.content.tags import Frame, Person
from postrider.content.vocabulary import Vocabulary
from postrider.events.source import MailSource, SourceKind
from postrider.filters import facts_of
from postrider.filters.respelling import TAG
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound, named_at
from postrider.kit.ids import random_id
from postrider.lists.service import ListService
from postrider.ports.mailer import Mailer, OutgoingMail
from postrider.segments.evaluation import BlockFacts
from postrider.segments.ledgers import CampaignLedgers
from postrider.senders.service import SenderService
from postrider.suppressions.service import SuppressionService
from postrider.tracking.tokens import MailToken, Purpose, Tokens
from postrider.users.owners import OwnerService

KEPT_MAILINGS = 8
"""Mailings that a process keeps ready; compiled content may take megabytes."""


@dataclass(frozen=True, kw_only=True)
class Mailing:
    """A campaign ready to be written to any contact of its list."""

    campaign: Campaign
    compiled: Compiled
    composer: Composer
    sending: Sending
    facts: BlockFacts
    names: ListNames


class CampaignRenderer:
    def __init__(
        self,
        *,
        campaigns: CampaignService,
        lists: ListService,
        senders: SenderService,
        accounts: AccountService,
        names: ContactNames,
        contacts: ContactService,
        suppressions: SuppressionService,
        ledgers: CampaignLedgers,
        condition_names: ConditionNames,
        owners: OwnerService,
        mailer: Mailer,
        tokens: Tokens,
        base_url: str,
        now: Clock,
    ) -> None:
        self._campaigns, self._lists, self._senders, self._accounts = campaigns, lists, senders, accounts
        self._names, self._contacts, self._suppressions = names, contacts, suppressions
        self._ledgers, self._condition_names, self._owners, self._mailer = ledgers, condition_names, owners, mailer
        self._tokens, self._base_url, self._now = tokens, base_url, now
        self._kept: dict[tuple[int, int, str | None], Mailing] = {}

    # Sending

    def mailing(self, campaign: Campaign) -> Mailing:
        """Return the campaign ready for sending, cached by content revision and run. Raises Invalid if it cannot be."""
        key = (campaign.id, campaign.revision, campaign.run_id)
        if campaign.run_id is None or key not in self._kept:
            made = self._made(campaign)
            if campaign.run_id is None:
                return made
            while len(self._kept) >= KEPT_MAILINGS:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = made
        return self._kept[key]

    def message(self, mailing: Mailing, contact: Contact, *, reference: str) -> bytes:
        """Return the mail to a contact (RFC 5322). Raises Invalid when it cannot be written for this contact."""
        return mailing.composer.message(
            Person.of(mailing.names.named(contact), mailing.facts.of(contact)),
            self._links(mailing.campaign, contact),
            now=self._now(),
            reference=reference,
        )

    # Looking

    def check_campaign(self, campaign: Campaign) -> None:
        """Check that the content can be merged for the campaign's list, and that all that it names exists. Raises Invalid."""
        content = self._campaigns.content(campaign)
        compiled = self._compiled(campaign, content)
        self._condition_names.check(campaign, content)
        wanted = {fact for tree in compiled.conditions for fact in facts_of(tree)}
        self._ledgers.check(campaign.account_id, wanted, field="content")

    def render(self, campaign: Campaign, *, contact_id: int | None = None) -> Rendered:
        """Return the content merged for a contact, or with empty tags. Raises NotFound for the contact."""
        content = self._campaigns.content(campaign)
        compiled = self._compiled(campaign, content)
        person = None
        if contact_id is not None:
            if campaign.list_id is None:
                raise NotFound("Unknown contact.", code="contact_not_found", field="contact_id")
            with named_at("contact_id"):
                contact = self._contacts.get(campaign.account_id, campaign.list_id, contact_id)
            person = self._person(campaign, compiled, contact)
        return render(compiled, frame=self._frame(campaign), now=self._now(), person=person)

    def web_view(self, token: MailToken) -> Rendered:
        """Return a mail as the contact received it, for the browser. Raises NotFound when it is deleted."""
        if token.source is None or token.source.kind != SourceKind.CAMPAIGN:
            raise NotFound("Unknown campaign.", code="campaign_not_found")
        campaign = self._campaigns.get(token.account_id, token.source.id)
        compiled = self._compiled(campaign, self._campaigns.content(campaign))
        if not token.contact_id:
            return render(compiled, frame=self._frame(campaign), now=self._now())
        contact = self._contacts.get(token.account_id, token.list_id, token.contact_id)
        links = WebViewLinks.of(
            self._tokens,
            self._base_url,
            account_id=campaign.account_id,
            source=MailSource.campaign(campaign.id),
            list_id=contact.list_id,
            contact_id=contact.id,
        )
        person = self._person(campaign, compiled, contact)
        return render(compiled, frame=self._frame(campaign), now=self._now(), person=person, links=links)

    def web_view_url(self, campaign: Campaign) -> str | None:
        """Return the public URL of the mail without personal data, or None before there is content."""
        if campaign.revision == 0:
            return None
        token = MailToken(
            account_id=campaign.account_id, source=MailSource.campaign(campaign.id), list_id=campaign.list_id or 0
        )
        return f"{self._base_url}/v/{self._tokens.make(Purpose.VIEW, token)}"

    def send_test(self, campaign: Campaign, *, to: str, separated: bool) -> None:
        """Send a test: one mail, or one for each part. Tests are not counted.

        Raises Invalid without confirmed sender, subject or content, or when the address is suppressed.
        """
        if campaign.sender_id is None:
            raise Invalid("The campaign has no sender.", code="campaign_incomplete", field=("sender", "id"))
        sender = self._senders.confirmed(campaign.account_id, campaign.sender_id, field=("sender", "id"))
        if not campaign.subject or not (campaign.has_html or campaign.has_text):
            raise Invalid("The campaign has no subject or no content.", code="campaign_incomplete", field="content")
        if self._suppressions.blocks_sending(campaign.account_id, to):
            raise Invalid("The address is suppressed.", code="address_suppressed", field="email")
        compiled = self._compiled(campaign, self._campaigns.content(campaign))
        messages = trial_messages(
            compiled,
            self._sending(campaign),
            TrialKind.SEPARATED if separated else TrialKind.MERGED,
            person=Person(email=to, fields={}),
            links=TrialLinks([link.target for link in compiled.links], self._links_of_nobody(campaign)),
            now=self._now(),
            reference=f"test-{random_id()}",
        )
        for message in messages:
            self._mailer.send(
                OutgoingMail(
                    to=to,
                    sender=sender.email,
                    message=message,
                    tags={"kind": "test", "account": campaign.account_id, "source": str(campaign.id)},
                )
            )

    # Steps

    def _made(self, campaign: Campaign) -> Mailing:
        names = self._names.of(campaign.account_id, campaign.list_id or 0)
        content = self._campaigns.content(campaign)
        names.keep_groups({key: name for name, key in content.names.get(TAG, {}).items()})
        compiled = self._compiled(campaign, content, names)
        sending = self._sending(campaign)
        return Mailing(
            campaign=campaign,
            compiled=compiled,
            composer=Composer(compiled, sending),
            sending=sending,
            facts=self._facts(campaign, compiled),
            names=names,
        )

    def _facts(self, campaign: Campaign, compiled: Compiled) -> BlockFacts:
        wanted = {fact for tree in compiled.conditions for fact in facts_of(tree)}
        self._ledgers.check_kept(campaign.account_id, wanted)
        return BlockFacts(campaign.account_id, wanted, self._ledgers)

    def _person(self, campaign: Campaign, compiled: Compiled, contact: Contact) -> Person:
        names = self._names.of(contact.account_id, contact.list_id, [contact])
        return Person.of(names.named(contact), self._facts(campaign, compiled).of(contact))

    def _compiled(self, campaign: Campaign, content: Content, names: ListNames | None = None) -> Compiled:
        account = self._accounts.get_cached(campaign.account_id)
        return compile_content(source_of(content), self._options(campaign, account), self._vocabulary(campaign, names))

    def _vocabulary(self, campaign: Campaign, names: ListNames | None) -> Vocabulary:
        if campaign.list_id is None:
            return Vocabulary()
        types = (names or self._names.of(campaign.account_id, campaign.list_id)).schema.types
        return Vocabulary.of({name: kind.value for name, kind in types.items()})

    def _options(self, campaign: Campaign, account: Account) -> Options:
        tracking: dict[str, Any] = campaign.tracking
        return Options(
            opens=tracking.get("opens", True),
            clicks_html=tracking.get("clicks_html", True),
            clicks_text=tracking.get("clicks_text", True),
            additional_params=tracking.get("additional_params"),
            inject_unsubscribe_link=account.overrides.get("inject_unsubscribe_link", True),
            inject_address=account.overrides.get("inject_address", True),
            language=self._language(campaign),
        )

    def _language(self, campaign: Campaign) -> str:
        if campaign.list_id is None:
            return "en"
        try:
            return self._lists.get(campaign.account_id, campaign.list_id).language
        except NotFound:
            return "en"

    def _sending(self, campaign: Campaign) -> Sending:
        frame = self._frame(campaign)
        return Sending(
            frame=frame,
            host=urlsplit(self._base_url).hostname or "localhost",
            reply_to=campaign.reply_to_email,
            list_id=campaign.list_id,
        )

    def _frame(self, campaign: Campaign) -> Frame:
        account = self._accounts.get_cached(campaign.account_id)
        name, email = campaign.sender_name or "", ""
        if campaign.sender_id is not None:
            with named_at(("sender", "id")):
                sender = self._senders.get(campaign.account_id, campaign.sender_id)
            name, email = campaign.sender_name or sender.name, sender.email
            check_sender_name(name, email, field=("sender", "name"))
        list_name = ""
        if campaign.list_id is not None:
            with named_at(("audience", "list_id")):
                list_name = self._lists.get(campaign.account_id, campaign.list_id).name
        return Frame(
            sender_name=name,
            sender_email=email,
            list_name=list_name,
            company=company_tags(account),
            time_zone=self._owners.time_zone(campaign.account_id),
        )

    def _links_of_nobody(self, campaign: Campaign) -> MailLinks:
        return MailLinks.of(
            self._tokens,
            self._base_url,
            account_id=campaign.account_id,
            source=MailSource.campaign(campaign.id),
            list_id=campaign.list_id or 0,
            contact_id=0,
        )

    def _links(self, campaign: Campaign, contact: Contact) -> MailLinks:
        return MailLinks.of(
            self._tokens,
            self._base_url,
            account_id=campaign.account_id,
            source=MailSource.campaign(campaign.id),
            list_id=contact.list_id,
            contact_id=contact.id,
        )
