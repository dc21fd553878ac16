"""Render the mails of actions: the content of a revision with the settings of the action and the list of its workflow."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.content.compiled import ContentWarning, Rendered
    from postrider.mails.model import MailSettings
    from postrider.mails.rendering import MailRenderer
    from postrider.tracking.tokens import MailToken
    from postrider.workflows.model import Action, Workflow
    from postrider.workflows.service import WorkflowService


class ActionRenderer:
    def __init__(self, workflows: WorkflowService, mails: MailRenderer) -> None:
        self._workflows, self._mails = workflows, mails

    def check(self, workflow: Workflow, action: Action) -> tuple[ContentWarning, ...]:
        """Check that the content can be merged with the attributes of the workflow's list. Raises Invalid.

        Return the warnings about the content.
        """
        content = self._workflows.content(action, workflow.list_id)
        return self._mails.check(_mail_of(workflow, action), content)

    def render(self, workflow: Workflow, action: Action, *, contact_id: int | None = None) -> Rendered:
        """Return the content merged for a contact, or with empty tags. Raises NotFound for the contact."""
        content = self._workflows.content(action, workflow.list_id)
        return self._mails.render(_mail_of(workflow, action), content, contact_id=contact_id)

    def render_html(self, workflow: Workflow, action: Action, *, contact_id: int | None = None) -> str:
        """Return the HTML as `render` does; if the content is text only, return it as preformatted text."""
        rendered = self.render(workflow, action, contact_id=contact_id)
        return f"<pre>{escape(rendered.text)}</pre>" if rendered.html is None else rendered.html

    def warnings(self, workflow: Workflow, action: Action) -> tuple[ContentWarning, ...]:
        """Return the warnings about the content."""
        content = self._workflows.content(action, workflow.list_id)
        return self._mails.warnings(_mail_of(workflow, action), content)

    def send_test(self, workflow: Workflow, action: Action, *, to: str, separated: bool) -> None:
        """Send a test: one mail, or one mail per part. Tests are not counted.

        Raises Invalid for a missing subject or content, a sender that is not confirmed, or a suppressed address.
        """
        content = self._workflows.content(action, workflow.list_id)
        self._mails.send_test(_mail_of(workflow, action), content, to=to, separated=separated)

    def web_view(self, token: MailToken, action_id: int, *, revision: int | None = None) -> Rendered:
        """Return a mail as the contact received it, for the browser. Raises NotFound if the action is deleted.

        The content is the latest one, or the content of a revision.
        """
        action = self._workflows.action_by_id(token.account_id, action_id)
        workflow = self._workflows.get(token.account_id, action.workflow_id)
        content = self._workflows.content(action, workflow.list_id, revision)
        settings = replace(action.mail(workflow.list_id), snippets_as_of=workflow.activated_at)
        sent = settings if token.source is None else replace(settings, source=token.source)
        return self._mails.web_view(sent, content, token, began_at=None)


def _mail_of(workflow: Workflow, action: Action) -> MailSettings:
    """Return the settings of its mails: while the workflow is active, snippets have their values at the activation."""
    as_of = workflow.activated_at if workflow.is_active else None
    return replace(action.mail(workflow.list_id), snippets_as_of=as_of)
