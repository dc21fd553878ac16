"""The stock of workflow blueprints: complete workflows to copy (main-api.md, section 12)."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from postrider.content.lazy_source import content_source
from postrider.content.model import Content
from postrider.kit.errors import NotFound
from postrider.workflows.model import ActionCondition, Trigger


@dataclass(frozen=True, kw_only=True)
class BlueprintAction:
    """An action of a blueprint. `file` is the name of its text in the stock; ids are unique in the whole stock."""

    id: int
    name: str
    parent_id: int | None
    condition: ActionCondition
    delay_s: int
    subject: str
    preview: str
    file: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class WorkflowBlueprint:
    id: int
    name: str
    description: str
    goal: str
    trigger: Trigger
    actions: tuple[BlueprintAction, ...]
    created_at: datetime
    updated_at: datetime


class WorkflowBlueprintService:
    def all(self) -> list[WorkflowBlueprint]:
        """Return all blueprints in order of id."""
        return list(_stock().values())

    def get(self, blueprint_id: int) -> WorkflowBlueprint:
        """Return the blueprint. Raises NotFound."""
        try:
            return _stock()[blueprint_id]
        except KeyError as exc:
            raise NotFound("Unknown blueprint.", code="blueprint_not_found", field="blueprint_id") from exc

    def action(self, blueprint_id: int, action_id: int) -> BlueprintAction:
        """Return an action of the blueprint. Raises NotFound."""
        for action in self.get(blueprint_id).actions:
            if action.id == action_id:
                return action
        raise NotFound("Unknown action.", code="action_not_found", field="action_id")

    def content(self, action: BlueprintAction) -> Content:
        """Return the content of an action: the source in MJML and the compiled HTML."""
        source = Template(_text("frame.mjml")).substitute(
            title=action.name, preview=action.preview, body=_text(f"{action.file}.mjml").strip()
        )
        start = Content(subject=action.subject, type="custom")
        content: Content = content_source().changed_content(start, {"json_": {"mjml": source}})
        return content


@cache
def _stock() -> dict[int, WorkflowBlueprint]:
    return {entry["id"]: _blueprint(entry) for entry in json.loads(_text("index.json"))}


def _blueprint(entry: dict[str, Any]) -> WorkflowBlueprint:
    moments = {name: datetime.fromisoformat(entry[name]) for name in ("created_at", "updated_at")}
    actions = tuple(
        BlueprintAction(**{**action, **moments, "condition": ActionCondition(action["condition"])})
        for action in entry["actions"]
    )
    return WorkflowBlueprint(**{**entry, **moments, "trigger": Trigger(entry["trigger"]), "actions": actions})


def _text(name: str) -> str:
    return files("postrider.workflows").joinpath("stock", name).read_text(encoding="utf-8")
