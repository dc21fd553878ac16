"""Write the system mails: confirmations and password resets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from postrider.content.compile import Options, Source, compile_content
from postrider.content.compose import Composer, Sending
from postrider.content.footers import language_of
from postrider.content.kinds import SystemMail
from postrider.content.links import PlainLinks
from postrider.content.system_words import WORDS
from postrider.content.tags import Frame, Person
from postrider.content.vocabulary import Vocabulary

VARIABLES: Final = ("link", "name", "code")
"""`link` is the page that the mail asks to open. `name` is that of the account, the list or the sender, never text that a
subscriber typed, because anyone can subscribe a stranger. `code` can be typed instead of following the link."""


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
    """Return the mail with both parts in the language of `locale`, in English when the language is unknown.

    `variables` has the keys of VARIABLES; its values are escaped. Raises Invalid for an address or sender name that no
    header can hold.
    """
    compiled = compile_content(_source(kind, locale), _OPTIONS, _VOCABULARY)
    sending = Sending(
        frame=Frame(sender_name=sender_name, sender_email=sender_email),
        host=host,
        headers=(("Auto-Submitted", "auto-generated"),),  # prevents out-of-office answers (RFC 3834)
    )
    values = {name: value for name, value in variables.items() if value}  # an empty text is true in Liquid
    person = Person(email=to, fields=values)
    return Composer(compiled, sending).message(person, PlainLinks(()), now=now, reference=reference)


def _source(kind: SystemMail, locale: str | None) -> Source:
    by_language = WORDS[kind]
    language = language_of(locale, by_language)
    words = by_language[language]
    texts = {"before": words.before, "action": words.action, "after": words.after}
    return Source(
        subject=words.subject,
        html=_HTML.format(language=language, subject=words.subject, **texts),
        text=_TEXT.format(**texts),
    )
