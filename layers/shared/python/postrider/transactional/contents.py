"""Assemble the content of a transactional mail from its own parts, its template, and snippets."""

from dataclasses import dataclass, replace
from typing import Any

import orjson

from postrider.content.model import Content
from postrider.content.preheaders import with_preheader
from postrider.kit.errors import FieldPath, Invalid, TooLarge, named_at
from postrider.snippets.service import SnippetService
from postrider.templates.service import TemplateService
from postrider.transactional import rules
from postrider.transactional.model import MailRequest


@dataclass(frozen=True, kw_only=True)
class MailContent:
    """A content with its snippets, and its template."""

    content: Content
    template_id: int | None = None


class MailContents:
    def __init__(self, templates: TemplateService, snippets: SnippetService) -> None:
        self._templates, self._snippets = templates, snippets

    def of(self, account_id: str, request: MailRequest) -> MailContent:
        """Return the parts of the mail: its own parts, and the missing ones from its template. Raises Invalid."""
        made = (
            MailContent(content=Content())
            if request.template is None
            else self._of_template(account_id, request.template)
        )
        own = {
            "subject": request.subject,
            "html": request.html,
            "text": request.text,
            "encoding": request.encoding,
            "inline_css": request.inline_css,
            "preheader": request.preheader,
        }
        parts: dict[str, Any] = {name: value for name, value in own.items() if value is not None}
        content = replace(made.content, **parts)
        if content.is_empty:
            reason = "The mail has no content: give html, text or a template that has one of them."
            raise Invalid(reason, code="mail_empty", field="content")
        if not content.subject:
            reason = "The mail has no subject: give one, or a template that has one."
            raise Invalid(reason, code="subject_missing", field=("content", "subject"))
        if content.html and (content.preheader or "").strip():
            content = replace(content, html=with_preheader(content.html, content.preheader or ""))
        return replace(made, content=self._snippets.inserted(account_id, content))

    def _of_template(self, account_id: str, name: int | str) -> MailContent:
        field: FieldPath = ("content", "template", "id")
        with named_at(field, as_=Invalid):
            if isinstance(name, str):
                template = self._templates.by_trigger_name(account_id, name)
            else:
                template = self._templates.get(account_id, name)
            return MailContent(content=self._templates.content(template), template_id=template.id)


def checked_data(request: MailRequest) -> dict[str, Any]:
    """Return the data of the request. Raises Invalid for data that cannot be stored, TooLarge past the limit."""
    try:
        size = len(orjson.dumps(dict(request.data)))
    except TypeError as exc:
        reason = "Invalid data: expected JSON values, with numbers of at most 64 bits and not nested too deeply."
        raise Invalid(reason, code="data_invalid", field="data") from exc
    if size > rules.MAX_DATA_BYTES:
        raise TooLarge(
            f"The data is too large: at most {rules.MAX_DATA_BYTES} bytes.", code="data_too_large", field="data"
        )
    return dict(request.data)


def checked_attributes(request: MailRequest) -> dict[str, str] | None:
    """Return the values of the merge tags; None for a mail whose text in brackets is not replaced. Raises Invalid."""
    if len(request.attributes) > rules.MAX_ATTRIBUTES:
        reason = f"A mail has at most {rules.MAX_ATTRIBUTES} attributes."
        raise Invalid(reason, code="too_many_attributes", field=("content", "template", "custom_attributes"))
    return dict(request.attributes) if request.attributes or request.template is not None else None
