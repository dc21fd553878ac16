"""Create a list that has the standard attributes from the start, for APIs whose lists have them."""

from typing import Any

from postrider.attributes.service import AttributeService
from postrider.lists.model import ContactList
from postrider.lists.service import ListService


class StandardListCreation:
    def __init__(self, lists: ListService, attributes: AttributeService) -> None:
        self._lists, self._attributes = lists, attributes

    def create(self, account_id: str, *, name: str, settings: dict[str, Any]) -> ContactList:
        """Create a list without a default sender, whose policy is accepted, with its standard attributes.

        Raises Invalid past the maximum number of lists.
        """
        contact_list = self._lists.create(account_id, name=name, policy_accepted=True, settings=settings)
        self._attributes.add_standard(account_id, contact_list.id)
        return contact_list
