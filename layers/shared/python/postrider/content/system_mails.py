"""Write the system mails: confirmations and password resets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from gettext import NullTranslations
from typing import Final, NamedTuple

from postrider.content.compile import compile_content
from postrider.content.compiled import Compiled, ContentSource, Options
from postrider.content.compose import Composer, MessageFrame
from postrider.content.links import PlainLinks
from postrider.content.merge_tags import Frame, Person
from postrider.content.preview import render
from postrider.content.system_mail_kinds import SystemMail
from postrider.content.texts import texts_for
from postrider.content.vocabulary import Vocabulary
from postrider.kit.errors import Invalid

VARIABLES: Final = ("link", "name", "code")
"""`link` is the page that the mail asks to open. `name` is that of the account, the list or the sender, never text that a
subscriber typed, because anyone can subscribe a stranger. `code` can be typed instead of following the link."""
ACTION_TAGS: Final = {kind: kind.value.upper() for kind in SystemMail}
"""The tag for the link in the content of an author, different for each kind: [PASSWORD_RESET]."""


_HTML: Final = """\
<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><title>{subject}</title></head>
<body style="margin:0;padding:24px;background:#f4f4f5;font-family:Helvetica,Arial,sans-serif;color:#222222">
<div style="max-width:520px;margin:0 auto;padding:32px;background:#ffffff;border-radius:8px;line-height:24px">
<p style="margin:0 0 24px">{before}</p>
<p style="margin:0 0 24px"><a href="[link]" style="display:inline-block;padding:12px 24px;background:#1d4ed8;\
color:#ffffff;border-radius:6px;text-decoration:none">{action}</a></p>
{{% if contact.code %}}<p style="margin:0 0 24px">Code: <strong>[code]</strong></p>{{% endif %}}
<p style="margin:0;font-size:13px;color:#666666">{after}</p>
</div></body></html>
"""
_TEXT: Final = """\
{before}

{action}:
[link]
{{% if contact.code %}}
Code: [code]
{{% endif %}}
{after}
"""
_OPTIONS: Final = Options(opens=False, clicks_html=False, clicks_text=False)
_VOCABULARY: Final = Vocabulary.of(dict.fromkeys(VARIABLES, "text"))


@dataclass(frozen=True, kw_only=True)
class SystemMailFrame:
    """All that a system mail has beside its content. `variables` has the keys of VARIABLES; its values are escaped."""

    to: str
    frame: Frame
    host: str
    variables: Mapping[str, str]
    now: datetime
    reference: str


def system_message(kind: SystemMail, locale: str | None, mail: SystemMailFrame) -> bytes:
    """Return the mail with both parts in the language of `locale`, in English when the language is unknown.

    Raises Invalid for an address or sender name that no header can hold.
    """
    return _message(compile_content(_source(kind, locale), _OPTIONS, _VOCABULARY), mail, mail.variables)


def designed_message(kind: SystemMail, source: ContentSource, mail: SystemMailFrame) -> bytes:
    """Return the mail with the content of an author, in which the action tag of the kind stands for the link.

    Raises Invalid for a content that cannot be merged, or that lacks the link in a part.
    """
    variables = {**mail.variables, ACTION_TAGS[kind]: mail.variables["link"]}
    if not has_action_tag(kind, source, company=mail.frame.company, now=mail.now):
        raise Invalid(f"The content lacks the tag [{ACTION_TAGS[kind]}].", code="action_tag_missing")
    return _message(_compiled_design(kind, source), mail, variables)


def has_action_tag(kind: SystemMail, source: ContentSource, *, company: Mapping[str, str], now: datetime) -> bool:
    """Return whether each part of the mail has the link of this kind. Raises Invalid if it cannot be merged."""
    link = "https://example.com/action-of-this-mail"
    person = Person(email="jo@example.com", fields={ACTION_TAGS[kind]: link, "link": link})
    frame = Frame(sender_name="Jo", sender_email="jo@example.com", company=company)
    rendered = render(_compiled_design(kind, source), frame=frame, now=now, person=person)
    return all(link in part for part in (rendered.html, rendered.text) if part is not None)


def _compiled_design(kind: SystemMail, source: ContentSource) -> Compiled:
    """Compile the content of an author without tracking and footer: there is nothing to unsubscribe from."""
    vocabulary = Vocabulary.of(dict.fromkeys((*VARIABLES, ACTION_TAGS[kind]), "text"))
    return compile_content(replace(source, default_unsubscribe_link=False), _OPTIONS, vocabulary)


def _message(compiled: Compiled, mail: SystemMailFrame, variables: Mapping[str, str]) -> bytes:
    sending = MessageFrame(
        frame=mail.frame,
        host=mail.host,
        headers=(("Auto-Submitted", "auto-generated"),),  # prevents out-of-office answers (RFC 3834)
    )
    values = {name: value for name, value in variables.items() if value}  # an empty text is true in Liquid
    links = PlainLinks([link.target for link in compiled.links])
    return Composer(compiled, sending).message(
        Person(email=mail.to, fields=values), links, now=mail.now, reference=mail.reference
    )


class _Texts(NamedTuple):
    """The texts of a mail: `action` is the label of its link, `before` and `after` stand around the link."""

    subject: str
    before: str
    action: str
    after: str


def _source(kind: SystemMail, locale: str | None) -> ContentSource:
    language, translations = texts_for(locale)
    texts = _texts(kind, translations)
    fields = texts._asdict()
    return ContentSource(
        subject=texts.subject, html=_HTML.format(language=language, **fields), text=_TEXT.format(**fields)
    )


def _texts(kind: SystemMail, translations: NullTranslations) -> _Texts:
    """Return the translated texts of a mail, in the context "mail" of the catalogues."""
    pgettext = translations.pgettext
    match kind:
        case SystemMail.ACCOUNT_CONFIRM:
            return _Texts(
                pgettext("mail", "Confirm your account"),
                pgettext("mail", "Your account [name] has been created. Confirm your address to start using it."),
                pgettext("mail", "Confirm my account"),
                pgettext("mail", "If you did not request this, you can ignore this email."),
            )
        case SystemMail.USER_CONFIRM:
            return _Texts(
                pgettext("mail", "Choose your password"),
                pgettext("mail", "You have been invited to [name]. Confirm your address and choose a password."),
                pgettext("mail", "Choose my password"),
                pgettext("mail", "If you were not expecting this, you can ignore this email."),
            )
        case SystemMail.SENDER_CONFIRM:
            return _Texts(
                pgettext("mail", "Confirm your sender address"),
                pgettext("mail", "[name] wants to send emails from the address [email]. Confirm that it is yours."),
                pgettext("mail", "Confirm this address"),
                pgettext(
                    "mail",
                    "If you did not request this, ignore this email: nothing will be sent from your address.",
                ),
            )
        case SystemMail.PASSWORD_RESET:
            return _Texts(
                pgettext("mail", "Reset your password"),
                pgettext("mail", "Someone requested a new password for [email]."),
                pgettext("mail", "Choose a new password"),
                pgettext("mail", "If it was not you, ignore this email: your password will not change."),
            )
        case SystemMail.SUBSCRIPTION_CONFIRM:
            return _Texts(
                pgettext("mail", "Confirm your subscription"),
                pgettext("mail", "Please confirm that you want to receive emails from [name]."),
                pgettext("mail", "Confirm my subscription"),
                pgettext("mail", "If you did not subscribe, ignore this email: you will not hear from us again."),
            )
        case SystemMail.WEBHOOK_ARCHIVED:
            return _Texts(
                pgettext("mail", "A webhook was archived"),
                pgettext("mail", "The webhook [name] was archived, because it does not accept any calls."),
                pgettext("mail", "Open Postrider"),
                pgettext("mail", "Repair the receiver, then take the webhook out of the archive."),
            )
