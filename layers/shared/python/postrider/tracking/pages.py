"""Write the pages of links in mails: plain HTML without scripts and cookies, in the language of the list."""

import re
from html import escape
from urllib.parse import quote

from postrider.content.texts import texts_for
from postrider.kit.web_page import titled_document

ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""The field that the body of an unsubscribing POST must have (RFC 8058, section 3.1). The pages' forms have it too."""
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^>]*>\s*[^<\s]", re.IGNORECASE)
FROM_PAGE = ("page", "1")
"""The field by which a form of these pages differs from a request of a mail program."""


def unsubscribe_page(locale: str, list_name: str) -> str:
    """Return the page that asks whether to unsubscribe from a list. Its form posts to the page's own URL."""
    language, texts = texts_for(locale)
    question = texts.gettext("Do you want to stop receiving emails from “{list}”?").format(list=list_name)
    title = texts.gettext("Unsubscribe")
    return titled_document(language, title, _question(question, button=title))


def unsubscribe_from_all_page(locale: str) -> str:
    """Return the page that asks whether to unsubscribe from all mails of the account."""
    language, texts = texts_for(locale)
    question = texts.gettext("Do you want to stop receiving all emails from this sender?")
    title = texts.gettext("Unsubscribe")
    return titled_document(language, title, _question(question, button=title))


def unsubscribed(locale: str) -> str:
    language, texts = texts_for(locale)
    return titled_document(language, texts.gettext("You have been unsubscribed."))


def subscribe_page(locale: str, list_name: str) -> str:
    """Return the page that asks whether to subscribe. Its form posts to the page's own URL."""
    language, texts = texts_for(locale)
    question = texts.gettext("Do you want to receive emails from “{list}”?").format(list=list_name)
    title = texts.gettext("Subscribe")
    return titled_document(language, title, _question(question, button=title))


def subscribed(locale: str) -> str:
    language, texts = texts_for(locale)
    return titled_document(language, texts.gettext("You are subscribed."))


def share(locale: str, view_url: str, subject: str) -> str:
    """Return the page with a link to copy, and one that opens the reader's mail program. Postrider sends no mail for it."""
    language, texts = texts_for(locale)
    href = escape(f"mailto:?subject={quote(subject)}&body={quote(view_url)}")
    label = texts.gettext("Send this email to someone you know")
    copy = texts.gettext("Or copy this link:")
    url = escape(view_url)
    parts = (
        f"<p>{escape(subject)}</p>",
        f'<p><a href="{href}">{escape(label)}</a></p>',
        f'<label for="link">{escape(copy)}</label><input id="link" readonly value="{url}">',
    )
    return titled_document(language, texts.gettext("Share this email"), *parts)


def with_title(html: str, subject: str) -> str:
    """Return a mail as a page with the subject as title, unless the mail has its own title."""
    if _TITLE.search(html):
        return html
    title = f"<title>{escape(subject)}</title>"
    head = _HEAD.search(html)
    return f"{html[: head.end()]}{title}{html[head.end() :]}" if head else title + html


def plain(title: str, text: str) -> str:
    """Return a text-only mail as a page without a language, with lines as wide as the window."""
    return (
        '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><pre style="white-space:pre-wrap;overflow-wrap:anywhere">{escape(text)}</pre>'
    )


def invalid_link(locale: str) -> str:
    language, texts = texts_for(locale)
    return titled_document(language, texts.gettext("This link is not valid."))


def _question(question: str, *, button: str) -> str:
    fields = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in (ONE_CLICK, FROM_PAGE))
    form = f'<form method="post">{fields}<button type="submit">{escape(button)}</button></form>'
    return f"<p>{escape(question)}</p>{form}"
