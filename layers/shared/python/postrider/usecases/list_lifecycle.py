"""Archive a list, or delete it with all of its data, unless an active workflow uses it."""

from postrider.kit.errors import Conflict
from postrider.lists.model import ContactList
from postrider.lists.service import ListService
from postrider.usecases.empty_list import ListEmptying
from postrider.webhooks.service import WebhookService
from postrider.workflows.service import WorkflowService


class ListLifecycle:
    def __init__(
        self, lists: ListService, workflows: WorkflowService, webhooks: WebhookService, emptying: ListEmptying
    ) -> None:
        self._lists, self._workflows, self._webhooks, self._emptying = lists, workflows, webhooks, emptying

    def archive(self, account_id: str, list_id: int) -> ContactList:
        """Archive the list, so that campaigns and forms cannot use it.

        Raises NotFound, Invalid if it is archived already, or Conflict while a workflow of the list is active.
        """
        self._check_unused(account_id, list_id)
        return self._lists.archive(account_id, list_id)

    def delete(self, account_id: str, list_id: int) -> None:
        """Hide the list from all callers at once, and delete its data through the queue.

        Deleting it again before the queue has finished starts the work again. Raises NotFound, or Conflict while a workflow
        of the list is active; inactive workflows may keep it.
        """
        self._check_unused(account_id, list_id)
        self._webhooks.set_of_list(account_id, list_id, None, ())
        self._lists.mark_as_deleting(account_id, list_id)
        self._emptying.start(account_id, list_id)

    def _check_unused(self, account_id: str, list_id: int) -> None:
        if workflow := self._workflows.active_with_list(account_id, list_id):
            raise Conflict(
                f"Workflow {workflow.id} ({workflow.name!r}) of this list is active; deactivate it first.",
                code="list_in_use",
                field="list_id",
            )
