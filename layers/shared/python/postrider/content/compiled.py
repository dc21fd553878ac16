"""Define contents before and after they are compiled and merged, without the modules that do it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from postrider.kit.errors import Invalid

if TYPE_CHECKING:
    from postrider.content.template import CompiledTemplate
    from postrider.filters import Tree

MAX_LINKS: Final = 1000
MAX_SHOWN_BYTES: Final = 100 * 1024
"""Gmail shows 102 KB (https://github.com/hteumeuleu/email-bugs/issues/41); links and pixel need some of them."""
MISSING_CODE: Final = "value_missing"
"""The code of the error for a content that shows a value which the recipient does not have."""
_PARAMS: Final = re.compile(r"[A-Za-z0-9%&=._~+:;,@!*()/$-]{1,1000}")


@dataclass(frozen=True, kw_only=True)
class ContentSource:
    """A content as its author wrote it. Without `text`, the text part is made from the HTML."""

    subject: str = ""
    html: str | None = None
    text: str | None = None
    encoding: str | None = None
    default_unsubscribe_link: bool = False
    inline_css: bool = True


@dataclass(frozen=True, kw_only=True)
class Options:
    """The tracking settings of the campaign and the account; `language` is that of the footer."""

    opens: bool = True
    clicks_html: bool = True
    clicks_text: bool = True
    additional_params: str | None = None
    inject_unsubscribe_link: bool = False
    inject_address: bool = False
    language: str = "en"


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link of the content, numbered from 1. `varies`: the target holds merge tags and is shown as it was written."""

    id: int
    target: str
    varies: bool = False


class ContentWarning(NamedTuple):
    """A fault of a content that does not stop its sending."""

    type: str
    message: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Compiled:
    """A content ready to be merged. `html` is None without an HTML part; `conditions` are the filters of its [IF]s.

    `warnings` are about what the author probably did not mean.
    """

    subject: CompiledTemplate
    html: CompiledTemplate | None
    text: CompiledTemplate
    links: tuple[Link, ...]
    conditions: tuple[Tree, ...]
    encoding: str
    warnings: tuple[ContentWarning, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """The merged parts; `warnings` are about the content that they were made from."""

    subject: str
    html: str | None
    text: str
    warnings: tuple[ContentWarning, ...] = ()


def link_params(query: str | None) -> str:
    """Return the query that is added to every link. Raises Invalid if it is not URL-encoded."""
    params = (query or "").lstrip("?&")
    if params and not _PARAMS.fullmatch(params):
        field = ("tracking", "additional_params")
        reason = "Invalid link parameters: expected a URL-encoded query such as `utm_source=newsletter`."
        raise Invalid(reason, code="params_invalid", field=field)
    return params
