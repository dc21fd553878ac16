"""Rules of the designs of system mails (main-api.md, section 17)."""

from postrider.accounts.merge_tags import company_tags
from postrider.accounts.model import Account
from postrider.accounts.service import AccountService
from postrider.content.headers import check_sender_name
from postrider.content.lazy_source import content_source
from postrider.content.system_mail_kinds import SystemMail
from postrider.kit.clock import Clock
from postrider.kit.errors import FieldPath, Invalid, named_at
from postrider.senders.service import SenderService
from postrider.system_mails.model import KINDS, Designs, SystemMailDesign
from postrider.system_mails.repository import SystemMailRepository
from postrider.templates.service import TemplateService

MAX_LANGUAGES = 30
"""Maximum number of designs of one kind of mail."""

Changes = dict[SystemMail, list[SystemMailDesign] | None]


class SystemMailSettings:
    def __init__(
        self,
        designs: SystemMailRepository,
        accounts: AccountService,
        templates: TemplateService,
        senders: SenderService,
        now: Clock,
    ) -> None:
        self._designs, self._accounts, self._templates = designs, accounts, templates
        self._senders, self._now = senders, now

    def show(self, account_id: str) -> Designs:
        """Return the designs of the account."""
        return self._designs.get(account_id)

    def replace(self, account_id: str, designs: Changes) -> Designs:
        """Set the designs of all kinds; missing kinds are cleared. Raises the errors of `change`."""
        return self.change(account_id, {kind: designs.get(kind) for kind in KINDS})

    def change(self, account_id: str, designs: Changes) -> Designs:
        """Set the designs of the given kinds, and return all; None clears a kind.

        Raises Invalid for an account that is not a partner, for an unknown or unusable template or sender, and for two
        designs in one language; Forbidden for a sender with the domain of another account.
        """
        account = self._accounts.get(account_id)
        if not account.partner:
            reason = "The account cannot design system mails, because it is not a partner account."
            raise Invalid(reason, code="partner_required")
        for kind, entries in designs.items():
            self._check(account, kind, entries or [])
        self._designs.change(account_id, designs)
        return self.show(account_id)

    def _check(self, account: Account, kind: SystemMail, entries: list[SystemMailDesign]) -> None:
        if len(entries) > MAX_LANGUAGES:
            reason = f"A system mail has at most {MAX_LANGUAGES} languages."
            raise Invalid(reason, code="too_many_languages", field=kind.value)
        languages: set[str] = set()
        for position, design in enumerate(entries):
            if design.language in languages:
                reason = f"The language {design.language} occurs twice; give one entry for each language."
                raise Invalid(reason, code="language_twice", field=(kind.value, position, "language"))
            languages.add(design.language)
            self._check_sender(account.id, design, (kind.value, position, "sender"))
            if design.template_id is not None:
                self._check_template(account, kind, design.template_id, (kind.value, position, "template", "id"))

    def _check_sender(self, account_id: str, design: SystemMailDesign, field: tuple[str | int, ...]) -> None:
        if design.sender_id is None:
            return
        sender = self._senders.confirmed(account_id, design.sender_id, field=(*field, "id"))
        if design.sender_name is not None:
            check_sender_name(design.sender_name, sender.email, field=(*field, "name"))

    def _check_template(self, account: Account, kind: SystemMail, template_id: int, field: FieldPath) -> None:
        """Check that the template can be merged and has the link of this kind of mail in each part."""
        from postrider.content.system_mails import ACTION_TAGS, has_action_tag

        with named_at(field, as_=Invalid):
            template = self._templates.get(account.id, template_id)
            content = self._templates.complete_content(template)
        source = content_source().source_of(content)
        if not source.subject.strip():
            raise Invalid("The template has no subject; add one.", code="template_incomplete", field=field)
        try:
            is_usable = has_action_tag(kind, source, company=company_tags(account), now=self._now())
        except Invalid as exc:
            raise Invalid(exc.message, code=exc.code, details=exc.details, field=field) from exc
        if not is_usable:
            reason = (
                f"The template lacks the tag [{ACTION_TAGS[kind]}] of this kind of mail, in its HTML or its text part."
            )
            raise Invalid(reason, code="action_tag_missing", field=field)
