"""Rules of interests: names of a list; renaming and deleting one reaches every contact that carries it."""

import re
from collections.abc import Collection
from dataclasses import replace

from postrider.bulk.model import Change
from postrider.bulk.service import BulkService
from postrider.contacts.service import ContactService
from postrider.interests.model import Interest
from postrider.interests.repository import InterestRepository
from postrider.kit.errors import Invalid
from postrider.lists.service import ListService

MAX_INTERESTS = 256
"""Per list; a listing reads all of them with one query."""

NAME = re.compile(r"[+@\-_#a-zA-Z0-9]{1,255}")
"""The published pattern; the schema of a change leaves it out."""


class InterestService:
    def __init__(
        self, interests: InterestRepository, lists: ListService, contacts: ContactService, bulk: BulkService
    ) -> None:
        self._interests, self._lists, self._contacts, self._bulk = interests, lists, contacts, bulk

    def all(self, account_id: str, list_id: int) -> list[Interest]:
        """In order of name. Raises NotFound for the list."""
        self._lists.get(account_id, list_id)
        return self._interests.all(account_id, list_id)

    def get(self, account_id: str, list_id: int, name: str) -> Interest:
        """Raises NotFound."""
        self._lists.get(account_id, list_id)
        return self._interests.get(account_id, list_id, name)

    def usage(self, account_id: str, list_id: int) -> dict[str, int]:
        """Contacts by interest, from a maintained counter."""
        return self._contacts.interest_usage(account_id, list_id)

    def require(self, account_id: str, list_id: int, names: Collection[str]) -> None:
        """Raises Invalid for an interest that the list lacks."""
        if not names:
            return
        missing = sorted(set(names) - {interest.name for interest in self._interests.all(account_id, list_id)})
        if missing:
            raise Invalid(
                f"The list has no interest {missing[0]!r}.", code="interest_not_found", loc=("body", "interests")
            )

    def create(self, account_id: str, list_id: int, *, name: str, alias: str | None) -> Interest:
        """Raises NotFound for the list, Conflict when it has one of this name."""
        if len(self.all(account_id, list_id)) >= MAX_INTERESTS:
            raise Invalid(f"A list has at most {MAX_INTERESTS} interests.", code="too_many_interests")
        interest = Interest(account_id=account_id, list_id=list_id, name=name, alias=alias)
        self._interests.add(interest)
        return interest

    def change(
        self, account_id: str, list_id: int, name: str, *, new_name: str | None, alias: str | None, set_alias: bool
    ) -> Interest:
        """Rename it, for every contact that carries it, or change what people see. Raises NotFound, Conflict, or Invalid."""
        if new_name is not None and not NAME.fullmatch(new_name):
            raise Invalid("The name is not that of an interest.", code="interest_name_invalid", loc=("body", "name"))
        before = self.get(account_id, list_id, name)
        after = replace(before, name=new_name or name, alias=alias if set_alias else before.alias)
        if after.name == before.name:
            self._interests.save(after)
            return after
        self._interests.add(after)
        self._interests.delete(account_id, list_id, name)
        self._bulk.everywhere(
            account_id,
            [list_id],
            Change(remove_interests=(name,), add_interests=(after.name,), only_if_interest=name),
        )
        return after

    def delete(self, account_id: str, list_id: int, name: str) -> Interest:
        """Also taken from every contact. Raises NotFound."""
        interest = self.get(account_id, list_id, name)
        self._interests.delete(account_id, list_id, name)
        self._bulk.everywhere(account_id, [list_id], Change(remove_interests=(name,), only_if_interest=name))
        return interest
