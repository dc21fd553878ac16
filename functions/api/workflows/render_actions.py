"""Render actions of workflows and of blueprints."""

from typing import Any

from functions.api.workflows.schemas_actions import TRACKING, ActionResponse, ActionSummaryResponse
from postrider.content.model import Content
from postrider.kit.clock import unix
from postrider.workflows.blueprints import BlueprintAction
from postrider.workflows.model import Action

SORTS = {"name": "name", "created_on": "created_at"}
"""Terms of listings by attribute."""


def base_fields(action: Action | BlueprintAction) -> dict[str, Any]:
    return {
        "id": str(action.id),
        "name": action.name,
        "parent_id": None if action.parent_id is None else str(action.parent_id),
        "condition": action.condition.value,
        "delay": action.delay_s,
        "type": "email",
        "created_on": unix(action.created_at),
        "updated_on": unix(action.updated_at),
    }


def summary(action: Action | BlueprintAction) -> ActionSummaryResponse:
    return ActionSummaryResponse.model_validate({**base_fields(action), "thumbnail_url": ""})


def full(action: Action, content: Content) -> ActionResponse:
    """Return the action with its mail; an action without content and sender has no mail settings."""
    sender = None if action.sender_id is None else {"id": action.sender_id, "name": action.sender_name}
    settings = None
    if sender is not None or action.revision:
        settings = {"tracking": TRACKING | action.tracking, "content": content_fields(content), "sender": sender}
    return ActionResponse.model_validate({**base_fields(action), "email_settings": settings, "thumbnail_url": ""})


def content_fields(content: Content) -> dict[str, Any]:
    return {
        "subject": content.subject,
        "html": content.html,
        "text": content.text,
        "json": content.json_,
        "type": content.type or ("html" if content.html else None),
        "encoding": content.encoding,
        "template": None,
    }
