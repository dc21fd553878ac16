"""System mails over HTTP: /brands/default/system-emails."""

from typing import Annotated

from functions.api.accounts.schemas_system_mails import (
    SetSystemEmailsResponse,
    SystemEmailsResponse,
    SystemEmailsTemplates,
    SystemEmailTemplate,
)
from postrider import bootstrap
from postrider.content.system_mail_kinds import SystemMail
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.contents import SenderAndName, TemplateId
from postrider.http.main.dialect import MAIN
from postrider.http.main.wire import Languages
from postrider.system_mails.model import KINDS, Designs, SystemMailDesign
from postrider.system_mails.settings import Changes, SystemMailSettings

operations = Operations("System Email", MAIN)
Settings = Annotated[SystemMailSettings, Depends(bootstrap.system_mail_settings)]
Reader = Annotated[Caller, Depends(needs("system_emails:read"))]
Writer = Annotated[Caller, Depends(needs("system_emails:write"))]


def _entry(design: SystemMailDesign) -> SystemEmailTemplate:
    return SystemEmailTemplate(
        language=Languages(design.language),
        template=None if design.template_id is None else TemplateId(id=design.template_id),
        sender=None if design.sender_id is None else SenderAndName(id=design.sender_id, name=design.sender_name),
    )


def _full(designs: Designs) -> SystemEmailsTemplates:
    entries = {kind.value: [_entry(design) for design in designs[kind]] for kind in KINDS if kind in designs}
    return SystemEmailsTemplates.model_validate(entries)


def _changes(body: SystemEmailsTemplates) -> Changes:
    """Return the kinds that the body sets, in the words of the domain."""
    changes: Changes = {}
    for kind in body.model_fields_set:
        entries: list[SystemEmailTemplate] | None = getattr(body, kind)
        changes[SystemMail(kind)] = [_design(entry) for entry in entries or []]
    return changes


def _design(entry: SystemEmailTemplate) -> SystemMailDesign:
    return SystemMailDesign(
        language=entry.language.value,
        template_id=entry.template.id if entry.template else None,
        sender_id=entry.sender.id if entry.sender else None,
        sender_name=entry.sender.name if entry.sender else None,
    )


@operations.get("/brands/default/system-emails", "Show the system mails")
def show_system_emails(caller: Reader, settings: Settings) -> SystemEmailsResponse:
    """Return the designs of the account's system mails; null means the built-in texts."""
    return SystemEmailsResponse(data=_full(settings.show(caller.account_id)))


@operations.put("/brands/default/system-emails", "Set the system mails", errors=(400, 401, 403, 422))
def set_system_emails(caller: Writer, settings: Settings, body: SystemEmailsTemplates) -> SetSystemEmailsResponse:
    """Replace the designs of all kinds of mails; missing kinds get the built-in texts.

    For partner accounts: mails of the account and of accounts below it use the design for their language, or else the
    built-in texts in seven languages. A template needs the tag of the kind of mail in each part, which becomes the link:
    `[ACCOUNT_CONFIRM]`, `[USER_CONFIRM]`, `[SENDER_CONFIRM]`, `[PASSWORD_RESET]`; `[name]`, `[code]` and `[email]` are
    optional. Refused with 400: an account that is not a partner, a template without the tag, an unconfirmed sender, and two
    entries in one language.
    """
    designs = settings.replace(caller.account_id, _changes(body))
    return SetSystemEmailsResponse(object="systememails", updated=True, data=_full(designs))


@operations.patch("/brands/default/system-emails", "Change some system mails", errors=(400, 401, 403, 422))
def patch_system_emails(caller: Writer, settings: Settings, body: SystemEmailsTemplates) -> SetSystemEmailsResponse:
    """Replace the designs of the given kinds; null, or an empty list, restores the built-in texts of a kind."""
    designs = settings.change(caller.account_id, _changes(body))
    return SetSystemEmailsResponse(object="systememails", updated=True, data=_full(designs))
