"""Deletes a list with all that it holds."""

from postrider.kit.errors import Conflict
from postrider.lists.service import ListService
from postrider.usecases.empty_list import ListEmptying
from postrider.webhooks.service import WebhookService
from postrider.workflows.service import WorkflowService


class ListDeletion:
    def __init__(
        self, lists: ListService, workflows: WorkflowService, webhooks: WebhookService, emptying: ListEmptying
    ) -> None:
        self._lists, self._workflows, self._webhooks, self._emptying = lists, workflows, webhooks, emptying

    def delete(self, account_id: str, list_id: int) -> None:
        """Hide the list from every caller at once, and delete what it holds by the queue.

        Deleting it again, while the queue still works, starts the work again. Raises NotFound, or Conflict while a
        workflow of the list is active; inactive ones may keep it.
        """
        if workflow := self._workflows.active_with_list(account_id, list_id):
            raise Conflict(
                f"Workflow {workflow.id} ({workflow.name!r}) of this list is active; deactivate it first.",
                code="list_in_use",
                field="list_id",
            )
        self._webhooks.set_of_list(account_id, list_id, None, ())
        self._lists.mark_as_deleting(account_id, list_id)
        self._emptying.start(account_id, list_id)
