"""The content of a mail, as people write it."""

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Content:
    """The content of a mail. `json_` is the document of the visual editor, `type` names the editor that made it.

    Styles are inlined unless `inline_css` is False. `preheader` is what programs show beside the subject, and `headers` has
    additional headers by name.
    `names` has the ids of the tags and interests that the conditions name, by kind and name, as they were saved.
    """

    subject: str | None = None
    html: str | None = None
    text: str | None = None
    json_: dict[str, Any] | None = None
    type: str | None = None
    encoding: str | None = None
    default_unsubscribe_link: bool | None = None
    names: dict[str, dict[str, int]] = field(default_factory=dict)
    inline_css: bool | None = None
    preheader: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Return whether it has neither HTML nor text."""
        return not ((self.html or "").strip() or (self.text or "").strip())


@dataclass(frozen=True, kw_only=True)
class StoredContent:
    """A reference to a stored content, None before the first one, with the properties that listings and checks need.

    `content_hash` differs for different contents, and `snippets` are the names of the snippets that it inserts.
    """

    content_id: str | None = None
    subject: str | None = None
    has_html: bool = False
    has_text: bool = False
    content_hash: str | None = None
    snippets: list[str] | None = None

    @property
    def stored_content(self) -> dict[str, Any]:
        """Return the reference with its properties by name, to copy them."""
        return {attribute.name: getattr(self, attribute.name) for attribute in fields(StoredContent)}
