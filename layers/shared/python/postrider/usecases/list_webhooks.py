"""Create and change lists together with their webhooks."""

from typing import Any

from postrider.lists.model import ContactList
from postrider.lists.service import ListService
from postrider.webhooks.formats.lists import ALL
from postrider.webhooks.service import WebhookService


class ListWebhooks:
    """A service for lists with webhooks. It writes the webhook first: repeating the call after a crash completes both."""

    def __init__(self, lists: ListService, webhooks: WebhookService) -> None:
        self._lists, self._webhooks = lists, webhooks

    def create_list(self, account_id: str, *, webhook: dict[str, Any] | None = None, **settings: Any) -> ContactList:
        """Create a list. Raises Invalid as `ListService.create` does, and for a URL that callbacks may not be sent to."""
        url = (webhook or {}).get("url")
        if url is not None:
            self._webhooks.check_url(account_id, url)
        contact_list = self._lists.create(account_id, **settings)
        if not webhook:
            return contact_list
        return self.change_list(account_id, contact_list.id, {"webhook": webhook})

    def change_list(self, account_id: str, list_id: int, changes: dict[str, Any]) -> ContactList:
        """Change a list. Raises NotFound, and Invalid as `create_list` does."""
        if "webhook" in changes:
            before = self._lists.get(account_id, list_id)
            webhook = {} if changes["webhook"] is None else {**before.webhook, **changes["webhook"]}
            self._webhooks.set_of_list(account_id, list_id, webhook.get("url"), webhook.get("actions") or [ALL])
        return self._lists.change(account_id, list_id, changes)
