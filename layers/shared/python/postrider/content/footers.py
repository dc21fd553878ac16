"""The foot of a mail whose author left out how to unsubscribe or who writes."""

from collections.abc import Container
from typing import Final

FOOTER_HTML: Final = (
    '<div style="margin:24px auto 0;padding:12px;font-family:sans-serif;font-size:12px;line-height:18px;'
    'color:#666666;text-align:center">{}</div>'
)
UNSUBSCRIBE: Final[dict[str, str]] = {"en": "Unsubscribe", "fr": "Se désabonner"}


def language_of(locale: str | None, known: Container[str]) -> str:
    """The known language nearest to a locale of the contract ("fr_CA" is "fr"), else English."""
    language = (locale or "en").split("_")[0].lower()
    return language if language in known else "en"


def footer_html(address: str | None, unsubscribe: str | None, locale: str) -> str:
    """Both arguments are what stands for the text or the link, None to leave it out."""
    lines = [] if address is None else [address]
    if unsubscribe is not None:
        words = UNSUBSCRIBE[language_of(locale, UNSUBSCRIBE)]
        lines.append(f'<a href="{unsubscribe}" style="color:#666666">{words}</a>')
    return FOOTER_HTML.format("<br>".join(lines))


def footer_text(address: str | None, unsubscribe: str | None, locale: str) -> str:
    lines = [] if address is None else [address]
    if unsubscribe is not None:
        lines.append(f"{UNSUBSCRIBE[language_of(locale, UNSUBSCRIBE)]}: {unsubscribe}")
    return "\n\n-- \n" + "\n".join(lines) + "\n"
