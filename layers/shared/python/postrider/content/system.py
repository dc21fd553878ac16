"""The mails the platform writes in its own name: confirmations and password resets, in English and French."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from postrider.content.compile import Options, Source, compile_content
from postrider.content.compose import Composer, Sending
from postrider.content.footers import language_of
from postrider.content.kinds import SystemMail
from postrider.content.links import PlainLinks
from postrider.content.tags import Frame, Person
from postrider.content.vocabulary import Vocabulary

VARIABLES: Final = ("link", "name", "code")
"""`link` is what the mail is for; `name` is that of the account, the list or the sender, never a subscriber's own
words, for anyone can subscribe a stranger; `code` is for those who cannot follow the link, empty when there is none."""


@dataclass(frozen=True, kw_only=True)
class _Words:
    subject: str
    before: str
    action: str
    after: str


_WORDS: Final[dict[SystemMail, dict[str, _Words]]] = {
    SystemMail.ACCOUNT_CONFIRM: {
        "en": _Words(
            subject="Confirm your account",
            before="Your account [name] has been created. Confirm your address to start using it.",
            action="Confirm my account",
            after="If you did not ask for this, you can ignore this message.",
        ),
        "fr": _Words(
            subject="Confirmez votre compte",
            before="Votre compte [name] a été créé. Confirmez votre adresse pour commencer à l'utiliser.",
            action="Confirmer mon compte",
            after="Si vous n'avez rien demandé, ignorez ce message.",
        ),
    },
    SystemMail.USER_CONFIRM: {
        "en": _Words(
            subject="Choose your password",
            before="You have been invited to [name]. Confirm your address and choose a password.",
            action="Choose my password",
            after="If you do not know what this is about, you can ignore this message.",
        ),
        "fr": _Words(
            subject="Choisissez votre mot de passe",
            before="Vous êtes invité à rejoindre [name]. Confirmez votre adresse et choisissez un mot de passe.",
            action="Choisir mon mot de passe",
            after="Si vous ne savez pas de quoi il s'agit, ignorez ce message.",
        ),
    },
    SystemMail.SENDER_CONFIRM: {
        "en": _Words(
            subject="Confirm your sender address",
            before="The address [email] is to be used as a sender by [name]. Confirm that it is yours.",
            action="Confirm this address",
            after="If it is not you who asked for this, ignore this message: nothing will be sent from your address.",
        ),
        "fr": _Words(
            subject="Confirmez votre adresse d'expéditeur",
            before="[name] souhaite utiliser l'adresse [email] comme expéditeur. Confirmez qu'elle est à vous.",
            action="Confirmer cette adresse",
            after="Si vous n'avez rien demandé, ignorez ce message : rien ne sera envoyé depuis votre adresse.",
        ),
    },
    SystemMail.PASSWORD_RESET: {
        "en": _Words(
            subject="Reset your password",
            before="Someone asked for a new password for [email].",
            action="Choose a new password",
            after="If it was not you, ignore this message: your password stays as it is.",
        ),
        "fr": _Words(
            subject="Réinitialisez votre mot de passe",
            before="Un nouveau mot de passe a été demandé pour [email].",
            action="Choisir un nouveau mot de passe",
            after="Si ce n'est pas vous, ignorez ce message : votre mot de passe reste le même.",
        ),
    },
    SystemMail.SUBSCRIPTION_CONFIRM: {
        "en": _Words(
            subject="Confirm your subscription",
            before="Please confirm that you want to receive mail from [name].",
            action="Confirm my subscription",
            after="If you did not subscribe, ignore this message: you will not hear from us again.",
        ),
        "fr": _Words(
            subject="Confirmez votre abonnement",
            before="Confirmez que vous souhaitez recevoir les messages de [name].",
            action="Confirmer mon abonnement",
            after="Si vous ne vous êtes pas abonné, ignorez ce message : vous n'en recevrez pas d'autre.",
        ),
    },
}

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


def system_message(
    kind: SystemMail,
    *,
    locale: str | None,
    to: str,
    sender_name: str,
    sender_email: str,
    host: str,
    variables: Mapping[str, str],
    now: datetime,
    reference: str,
) -> bytes:
    """The mail with both parts, in the language nearest to `locale`, English if there is none.

    `variables` are those of VARIABLES; they are data, escaped where they stand. Raises Invalid for an address or sender
    name that no header can hold.
    """
    compiled = compile_content(_source(kind, locale), _OPTIONS, _VOCABULARY)
    sending = Sending(
        frame=Frame(sender_name=sender_name, sender_email=sender_email),
        host=host,
        headers=(("Auto-Submitted", "auto-generated"),),  # no out-of-office answers, please (RFC 3834)
    )
    person = Person(email=to, fields=variables)
    return Composer(compiled, sending).message(person, PlainLinks(()), now=now, reference=reference)


def _source(kind: SystemMail, locale: str | None) -> Source:
    by_language = _WORDS[kind]
    language = language_of(locale, by_language)
    words = by_language[language]
    texts = {"before": words.before, "action": words.action, "after": words.after}
    return Source(
        subject=words.subject,
        html=_HTML.format(language=language, subject=words.subject, **texts),
        text=_TEXT.format(**texts),
    )
