"""Render listings and contents of templates and blueprints."""

from functools import partial
from typing import Any

from postrider.blueprints.model import Blueprint
from postrider.content.model import Content
from postrider.http.main.listing import listing
from postrider.kit.clock import unix
from postrider.templates.model import Template

SORTS = {"id": "id", "created_on": "created_at", "updated_on": "updated_at", "name": "name"}
"""Terms of listings by attribute."""
FILTERS = ("tag", "name", "is_owner", "is_not_owner")

contents_listing = partial(listing, sorts=SORTS, filters=FILTERS)
"""A listing with the terms that templates and blueprints share."""


def summary_fields(source: Template | Blueprint) -> dict[str, Any]:
    """Return the members of a summary that templates and blueprints share."""
    return {
        "id": source.id,
        "name": source.name,
        "created_on": unix(source.created_at),
        "updated_on": unix(source.updated_at),
        "tags": list(source.tags),
    }


def content_fields(content: Content) -> dict[str, Any]:
    return {
        "type": content.type or "html",
        "subject": content.subject,
        "html": content.html,
        "text": content.text,
        "json": content.json_,
    }
