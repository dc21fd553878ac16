"""Delete a sender that is not in use."""

from postrider.campaigns.service import CampaignService
from postrider.kit.deletion import delete_unused
from postrider.kit.errors import Invalid
from postrider.lists.service import ListService
from postrider.senders.service import SenderService
from postrider.workflows.service import WorkflowService


class SenderDeletion:
    def __init__(
        self, senders: SenderService, lists: ListService, campaigns: CampaignService, workflows: WorkflowService
    ) -> None:
        self._senders, self._lists, self._campaigns, self._workflows = senders, lists, campaigns, workflows

    def delete(self, account_id: str, sender_id: str) -> None:
        """Delete the sender.

        Raises NotFound, or Invalid while a list, an unfinished campaign or an active workflow uses it.
        """
        sender = self._senders.get(account_id, sender_id)
        delete_unused(
            check=lambda: self._check_unused(account_id, sender_id),
            delete=lambda: self._senders.delete(account_id, sender_id),
            restore=lambda: self._senders.restore(sender),
        )

    def _check_unused(self, account_id: str, sender_id: str) -> None:
        if contact_list := self._lists.first_with_sender(account_id, sender_id):
            raise _in_use(f"list {contact_list.id}")
        if campaign := self._campaigns.unfinished_with_sender(account_id, sender_id):
            raise _in_use(f"campaign {campaign.id}")
        if workflow := self._workflows.active_with_sender(account_id, sender_id):
            raise _in_use(f"workflow {workflow.id}, which is active")


def _in_use(user: str) -> Invalid:
    return Invalid(f"The sender is in use by {user}.", code="sender_in_use")
