"""Write the footer of a mail that lacks an unsubscribe link or the sender's postal address."""

from collections.abc import Container
from typing import Final

FOOTER_HTML: Final = (
    '<div style="margin:24px auto 0;padding:12px;font-family:sans-serif;font-size:12px;line-height:18px;'
    'color:#666666;text-align:center">{}</div>'
)
UNSUBSCRIBE: Final[dict[str, str]] = {"en": "Unsubscribe", "fr": "Se désabonner"}


def language_of(locale: str | None, known: Container[str]) -> str:
    """Return the language of a locale ("fr" for "fr_CA") when it is known, else English."""
    language = (locale or "en").split("_")[0].lower()
    return language if language in known else "en"


def footer_html(address: str | None, unsubscribe: str | None, locale: str) -> str:
    """Return the footer as HTML. `address` and `unsubscribe` are markers; None leaves the line out."""
    lines = [] if address is None else [address]
    if unsubscribe is not None:
        words = UNSUBSCRIBE[language_of(locale, UNSUBSCRIBE)]
        lines.append(f'<a href="{unsubscribe}" style="color:#666666">{words}</a>')
    return FOOTER_HTML.format("<br>".join(lines))


def footer_text(address: str | None, unsubscribe: str | None, locale: str) -> str:
    """Return the footer as plain text, from the same arguments as `footer_html`."""
    lines = [] if address is None else [address]
    if unsubscribe is not None:
        lines.append(f"{UNSUBSCRIBE[language_of(locale, UNSUBSCRIBE)]}: {unsubscribe}")
    return "\n\n-- \n" + "\n".join(lines) + "\n"
