"""Write contents as templates and blueprints show them."""

from typing import Any

from postrider.content.model import Content

SORTS = {"id": "id", "created_on": "created_at", "updated_on": "updated_at", "name": "name"}
"""Terms of listings by attribute."""
FILTERS = ("tag", "name", "is_owner", "is_not_owner")


def content_fields(content: Content) -> dict[str, Any]:
    return {
        "type": content.type or "html",
        "subject": content.subject,
        "html": content.html,
        "text": content.text,
        "json": content.json_,
    }
