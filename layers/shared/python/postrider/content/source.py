"""Check a content before it is saved, and compile its MJML."""

from dataclasses import replace
from typing import Any, Final

from postrider.content.compiled import ContentSource
from postrider.content.compose import custom_headers
from postrider.content.document import ControlTag
from postrider.content.mjml import compile_mjml
from postrider.content.model import Content
from postrider.content.preheaders import with_preheader
from postrider.content.reading import read
from postrider.content.snippets import is_used_in
from postrider.content.validate import check_content as check_source
from postrider.content.vocabulary import Vocabulary
from postrider.kit.errors import Invalid

MJML: Final = "mjml"
"""The member of the editor's document that holds the source of a content of the type `custom`."""


def source_of(content: Content) -> ContentSource:
    """Return the content as the compiler takes it."""
    return ContentSource(
        subject=content.subject or "",
        html=with_preheader(content.html, content.preheader) if content.html and content.preheader else content.html,
        text=content.text,
        encoding=content.encoding,
        default_unsubscribe_link=bool(content.default_unsubscribe_link),
        inline_css=content.inline_css is not False,
    )


def check_content(content: Content) -> None:
    """Check a content without regard to a list. Raises Invalid if it cannot be sent."""
    check_source(source_of(content))


def changed_content(content: Content, changes: dict[str, Any]) -> Content:
    """Return the content with these fields set, and with its HTML compiled when they bring an MJML source.

    Raises Invalid for MJML that cannot be compiled, for HTML beside MJML, and for a content that cannot be sent.
    """
    changed = replace(content, **changes)
    if "json_" in changes and isinstance(changes["json_"], dict) and MJML in changes["json_"]:
        if changes.get("html") is not None:
            reason = "The HTML of an MJML content is compiled from its source; send html or json.mjml, not both."
            raise Invalid(reason, code="html_beside_mjml", field=("content", "html"))
        changed = replace(changed, html=compile_mjml(changes["json_"][MJML], field=("content", "json", MJML)))
    check_content(changed)
    custom_headers(changed.headers)
    return changed


def check_snippet(value: str) -> None:
    """Check that contents can insert a text. Raises Invalid if it cannot be compiled or merged alone."""
    if is_used_in(value):
        reason = "The snippet inserts another snippet, which is not possible; write its text instead."
        raise Invalid(reason, code="snippet_nested", field="value")
    try:
        check_source(ContentSource(html=value, text=value))
        documents = [read(value, Vocabulary(), is_html=is_html) for is_html in (True, False)]
    except Invalid as exc:
        raise Invalid(exc.message, code=exc.code, details=exc.details, field="value") from exc
    if any(isinstance(part, ControlTag) for document in documents for part in document.parts):
        reason = "The snippet has a condition in brackets, which only contents can have; use `{% if … %}`."
        raise Invalid(reason, code="snippet_condition", field="value")
