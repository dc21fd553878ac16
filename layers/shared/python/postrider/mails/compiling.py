"""Compile the content of a mail with the settings of its list, account and sender."""

from typing import Any
from urllib.parse import urlsplit

from postrider.accounts.merge_tags import company_tags
from postrider.accounts.model import Account
from postrider.accounts.service import AccountService
from postrider.contacts.naming import ContactNames, ListNames
from postrider.content.compile import compile_content
from postrider.content.compiled import Compiled, Options
from postrider.content.compose import MessageFrame
from postrider.content.headers import check_sender_name
from postrider.content.merge_tags import Frame
from postrider.content.model import Content
from postrider.content.snippets import missing_names
from postrider.content.source import source_of
from postrider.content.vocabulary import Vocabulary
from postrider.kit.errors import Invalid, NotFound, named_at
from postrider.lists.model import ContactList
from postrider.lists.service import ListService
from postrider.mails.model import MailSettings
from postrider.senders.service import SenderService
from postrider.snippets.service import SnippetService
from postrider.users.owners import OwnerService


class MailCompiler:
    def __init__(
        self,
        lists: ListService,
        senders: SenderService,
        accounts: AccountService,
        names: ContactNames,
        snippets: SnippetService,
        owners: OwnerService,
        base_url: str,
    ) -> None:
        self._lists, self._senders, self._accounts, self._names = lists, senders, accounts, names
        self._snippets, self._owners, self._base_url = snippets, owners, base_url

    def insert_snippets(self, settings: MailSettings, content: Content) -> Content:
        """Return the content with the values of its snippets."""
        return self._snippets.inserted(settings.account_id, content, settings.snippets_as_of)

    def complete_content(self, settings: MailSettings, content: Content) -> Content:
        """Return the content with its snippets. Raises Invalid for a snippet that does not exist."""
        content = self.insert_snippets(settings, content)
        if names := missing_names(content):
            reason = f"The content inserts the snippet {names[0]!r}, which does not exist; create it, or use `default`."
            raise Invalid(reason, code="snippet_missing", field="content")
        return content

    def compile(
        self,
        settings: MailSettings,
        content: Content,
        names: ListNames | None = None,
        contact_list: ContactList | None = None,
    ) -> Compiled:
        """Compile a content with its snippets.

        `names` and `contact_list` belong to the list of the mail, if the caller has read them.
        """
        account = self._accounts.get_cached(settings.account_id)
        language = contact_list.language if contact_list else self._language(settings)
        options = self._options(settings, account, language)
        return compile_content(source_of(content), options, self._vocabulary(settings, names))

    def find_list(self, settings: MailSettings) -> ContactList | None:
        """Return the list of the mail, None for a draft without a list. Raises NotFound if the list is deleted."""
        if settings.list_id is None:
            return None
        with named_at(("audience", "list_id")):
            return self._lists.get(settings.account_id, settings.list_id)

    def sending_of(self, settings: MailSettings, contact_list: ContactList | None, content: Content) -> MessageFrame:
        """Return what is equal in all mails beside the content. Raises NotFound, or Invalid for a name of the sender."""
        frame = self.frame_of(settings, contact_list)
        return MessageFrame(
            frame=frame,
            host=urlsplit(self._base_url).hostname or "localhost",
            reply_to=settings.reply_to_email,
            list_id=settings.list_id,
            headers=tuple(content.headers.items()),
        )

    def frame_of(self, settings: MailSettings, contact_list: ContactList | None) -> Frame:
        """Return the values of sender, list and company. Raises errors as `sending_of` does."""
        account = self._accounts.get_cached(settings.account_id)
        name, email = self.sender_of(settings)
        return Frame(
            sender_name=name,
            sender_email=email,
            list_name=contact_list.name if contact_list else "",
            company=company_tags(account),
            time_zone=self._owners.time_zone(settings.account_id),
        )

    def sender_of(self, settings: MailSettings) -> tuple[str, str]:
        """Return the name and the address of the sender; the address of a draft without a sender is empty."""
        if settings.sender_id is None:
            return settings.sender_name or "", ""
        with named_at(("sender", "id")):
            sender = self._senders.get(settings.account_id, settings.sender_id)
        name = settings.sender_name or sender.name
        check_sender_name(name, sender.email, field=("sender", "name"))
        return name, sender.email

    def _vocabulary(self, settings: MailSettings, names: ListNames | None) -> Vocabulary:
        if settings.list_id is None:
            return Vocabulary()
        types = (names or self._names.of(settings.account_id, settings.list_id)).schema.types
        return Vocabulary.of({name: kind.value for name, kind in types.items()})

    def _options(self, settings: MailSettings, account: Account, language: str) -> Options:
        tracking: dict[str, Any] = settings.tracking
        return Options(
            opens=tracking.get("opens", True),
            clicks_html=tracking.get("clicks_html", True),
            clicks_text=tracking.get("clicks_text", True),
            additional_params=tracking.get("additional_params"),
            inject_unsubscribe_link=account.overrides.get("inject_unsubscribe_link", True),
            inject_address=account.overrides.get("inject_address", True),
            language=language,
        )

    def _language(self, settings: MailSettings) -> str:
        if settings.list_id is None:
            return "en"
        try:
            return self._lists.get(settings.account_id, settings.list_id).language
        except NotFound:
            return "en"
