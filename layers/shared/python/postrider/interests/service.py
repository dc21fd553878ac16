"""Rules of interests: a list defines them, its contacts store their ids.

Contacts keep the id of a deleted interest. Readers ignore such ids, and the next write of a contact's interests removes
them.
"""

import re
from collections.abc import Collection
from dataclasses import replace

from postrider.interests.model import Interest
from postrider.interests.repository import InterestRepository
from postrider.kit.errors import FieldPath, Invalid
from postrider.kit.quotas import add_within_quota
from postrider.lists.service import ListService
from postrider.storage import sequences

MAX_INTERESTS = 256
"""Maximum number of interests of a list; a listing reads all of them with one query."""

NAME = re.compile(r"[+@\-_#a-zA-Z0-9]{1,255}")
"""The published pattern, which is missing in the schema of a change."""


class InterestService:
    def __init__(self, interests: InterestRepository, lists: ListService) -> None:
        self._interests, self._lists = interests, lists

    def all(self, account_id: str, list_id: int) -> list[Interest]:
        """Return the interests of the list in order of name. Raises NotFound for the list."""
        self._lists.get(account_id, list_id)
        return self._interests.all(account_id, list_id)

    def get(self, account_id: str, list_id: int, name: str) -> Interest:
        """Return the interest with this name. Raises NotFound."""
        self._lists.get(account_id, list_id)
        return self._interests.get(account_id, list_id, name)

    def names_of(self, account_id: str, list_id: int) -> dict[int, str]:
        """Return the names of the list's interests by id, without reading the list."""
        return {interest.id: interest.name for interest in self._interests.all(account_id, list_id)}

    def ids_of(self, account_id: str, list_id: int, names: Collection[str]) -> dict[str, int]:
        """Return the ids of existing interests by name, without reading the list."""
        if not names:
            return {}
        interests = self._interests.all(account_id, list_id)
        return {interest.name: interest.id for interest in interests if interest.name in names}

    def require(
        self,
        account_id: str,
        list_id: int,
        names: Collection[str],
        *,
        field: FieldPath = "interests",
    ) -> dict[str, int]:
        """Return the ids of these names. Raises Invalid for an interest that the list lacks."""
        ids = self.ids_of(account_id, list_id, names)
        missing = sorted(set(names) - ids.keys())
        if missing:
            raise Invalid(f"The list has no interest {missing[0]!r}.", code="interest_not_found", field=field)
        return ids

    def create(self, account_id: str, list_id: int, *, name: str, alias: str | None) -> Interest:
        """Create an interest. Raises NotFound for the list, Invalid past the quota, Conflict if the name is taken."""
        self._lists.get(account_id, list_id)
        interest_id = sequences.allocate("interest")
        interest = Interest(id=interest_id, account_id=account_id, list_id=list_id, name=name, alias=alias)
        add_within_quota(
            MAX_INTERESTS,
            add=lambda: self._interests.add(interest),
            undo=lambda: self._interests.delete(interest),
            count=lambda: len(self._interests.all(account_id, list_id)),
            error=Invalid(f"A list has at most {MAX_INTERESTS} interests.", code="too_many_interests"),
        )
        return interest

    def change(
        self, account_id: str, list_id: int, name: str, *, new_name: str | None, alias: str | None, set_alias: bool
    ) -> Interest:
        """Rename the interest, or change its alias. Raises NotFound, Conflict if the name is taken, or Invalid."""
        if new_name is not None and not NAME.fullmatch(new_name):
            raise Invalid("The name is not that of an interest.", code="interest_name_invalid", field="name")
        before = self.get(account_id, list_id, name)
        after = replace(before, name=new_name or name, alias=alias if set_alias else before.alias)
        if after.name == before.name:
            self._interests.set_alias(after)
        else:
            self._interests.rename(before, after)
        return after

    def restore(self, interest: Interest) -> None:
        """Restore an interest that was just deleted. Raises Conflict if its name is taken meanwhile."""
        self._interests.add(interest)

    def delete(self, interest: Interest) -> None:
        """Delete an interest; its name is free at once. Raises NotFound if it was deleted already."""
        self._interests.delete(interest)
