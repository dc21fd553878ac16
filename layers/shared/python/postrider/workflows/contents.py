"""The contents of actions: copied from templates, changed and stored as revisions."""

from dataclasses import replace
from typing import Any

from postrider.content.lazy_source import content_source
from postrider.content.model import Content
from postrider.content.summary import summary_of
from postrider.kit.errors import Invalid, named_at
from postrider.kit.ids import random_id
from postrider.mails.condition_names import ConditionNames
from postrider.templates.service import TemplateService
from postrider.workflows.model import Action, Workflow
from postrider.workflows.repository import WorkflowRepository


class ActionContents:
    def __init__(
        self, workflows: WorkflowRepository, templates: TemplateService, condition_names: ConditionNames
    ) -> None:
        self._workflows, self._templates, self._condition_names = workflows, templates, condition_names

    def created(
        self, workflow: Workflow, action: Action, changes: dict[str, Any], *, template_id: int | None = None
    ) -> Action:
        """Return the action with its first content: these fields, and the others from a template.

        Raises Invalid for an unknown template, and for a content that cannot be rendered.
        """
        start = None if template_id is None else self._copied(workflow.account_id, template_id)
        if start is None and not changes:
            return action
        return self.revised(workflow, action, content_source().changed_content(start or Content(), changes))

    def changed(self, workflow: Workflow, action: Action, changes: dict[str, Any]) -> Action:
        """Return the action with these fields of its content changed. Raises Invalid if it cannot be rendered."""
        present = self.current(workflow, action)
        return self.revised(workflow, action, content_source().changed_content(present, changes))

    def current(self, workflow: Workflow, action: Action) -> Content:
        """Return the latest content of the action, with the current names in its conditions."""
        stored = self._workflows.content(action, action.revision)
        return self._condition_names.current(workflow.account_id, workflow.list_id, stored)

    def revised(self, workflow: Workflow, action: Action, content: Content) -> Action:
        """Store the content under a new id, and return the action with it as the next revision."""
        bound = self._condition_names.bound(workflow.account_id, workflow.list_id, content)
        after = replace(
            action,
            revision=action.revision + 1,
            content_id=random_id(),
            content_updated_at=action.updated_at,
            **summary_of(bound),
        )
        self._workflows.save_content(workflow.account_id, after.content_id or "", bound)
        return after

    def _copied(self, account_id: str, template_id: int) -> Content:
        """Return the content of a template. An action has no separate type for text only."""
        with named_at(("content", "template", "id"), as_=Invalid):
            content = self._templates.content(self._templates.get(account_id, template_id))
        return replace(content, type="html") if content.type == "text" else content
