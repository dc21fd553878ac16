"""Add a preheader to a content: the text that programs show beside the subject in a list of mails."""

import re
from html import escape
from typing import Final

_BODY: Final = re.compile(r"<body\b[^>]{0,2000}>", re.IGNORECASE)
_STYLE: Final = "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden"
_END: Final = "&#847;&zwnj;&nbsp;" * 60
"""Invisible characters, so that programs do not show the beginning of the mail behind a short preheader."""


def with_preheader(html: str, preheader: str) -> str:
    """Return the HTML with a text, which may have merge tags and Liquid, as the first of its body and not shown there."""
    text = escape(" ".join(preheader.split()), quote=False)
    hidden = f'<div style="{_STYLE}" aria-hidden="true">{text}{_END}</div>'
    body = _BODY.search(html)
    return hidden + html if body is None else html[: body.end()] + hidden + html[body.end() :]
