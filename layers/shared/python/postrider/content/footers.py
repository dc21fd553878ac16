"""Write the footer of a mail without an unsubscribe link or the sender's postal address."""

from typing import Final

from postrider.content.texts import texts_for

FOOTER_HTML: Final = (
    '<div style="margin:24px auto 0;padding:12px;font-family:sans-serif;font-size:12px;line-height:18px;'
    'background-color:#ffffff;color:#555555;text-align:center">{}</div>'
)
"""The footer has its own background, so that it is readable in every mail."""


def footer_html(address: str | None, unsubscribe: str | None, locale: str) -> str:
    """Return the footer as HTML. `address` and `unsubscribe` are markers; None leaves the line out."""
    lines = [] if address is None else [address]
    if unsubscribe is not None:
        lines.append(f'<a href="{unsubscribe}" style="color:#555555">{_unsubscribe(locale)}</a>')
    return FOOTER_HTML.format("<br>".join(lines))


def footer_text(address: str | None, unsubscribe: str | None, locale: str) -> str:
    """Return the footer as plain text, from the same arguments as `footer_html`."""
    lines = [] if address is None else [address]
    if unsubscribe is not None:
        lines.append(f"{_unsubscribe(locale)}: {unsubscribe}")
    return "\n\n-- \n" + "\n".join(lines) + "\n"


def _unsubscribe(locale: str) -> str:
    _, texts = texts_for(locale)
    return texts.gettext("Unsubscribe")
