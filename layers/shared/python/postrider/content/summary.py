"""Sum up a content for listings and checks, which do without reading it."""

import hashlib
from dataclasses import asdict
from typing import Any

import orjson

from postrider.content.model import Content
from postrider.content.snippets import names_of


def summary_of(content: Content) -> dict[str, Any]:
    """Return subject, has_html, has_text, content_hash and snippets (names), as they are stored with what has the content."""
    return {
        "subject": content.subject,
        "has_html": bool((content.html or "").strip()),
        "has_text": bool((content.text or "").strip()),
        "snippets": sorted(names_of(content)) or None,
        "content_hash": hashlib.sha256(orjson.dumps(asdict(content))).hexdigest(),
    }
