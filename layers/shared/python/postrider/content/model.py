"""The content of a mail, as people write it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Content:
    """The content of a mail. `json_` is the document of the visual editor, `type` names the editor that made it.

    Styles are inlined unless `inline_css` is False.
    """

    subject: str | None = None
    html: str | None = None
    text: str | None = None
    json_: dict[str, Any] | None = None
    type: str | None = None
    encoding: str | None = None
    default_unsubscribe_link: bool | None = None
    inline_css: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether it has neither HTML nor text."""
        return not ((self.html or "").strip() or (self.text or "").strip())
