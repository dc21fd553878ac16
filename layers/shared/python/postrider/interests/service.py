"""Rules of interests: names of a list; renaming and deleting one reaches every contact that carries it."""

import re
from collections.abc import Collection
from dataclasses import replace

from postrider.bulk.moves import NameMoves
from postrider.interests.model import Interest
from postrider.interests.repository import InterestRepository
from postrider.kit.errors import Conflict, Invalid
from postrider.lists.service import ListService

MAX_INTERESTS = 256
"""Per list; a listing reads all of them with one query."""

NAME = re.compile(r"[+@\-_#a-zA-Z0-9]{1,255}")
"""The published pattern; the schema of a change leaves it out."""


class InterestService:
    def __init__(self, interests: InterestRepository, lists: ListService, moves: NameMoves) -> None:
        self._interests, self._lists, self._moves = interests, lists, moves

    def all(self, account_id: str, list_id: int) -> list[Interest]:
        """In order of name. Raises NotFound for the list."""
        self._lists.get(account_id, list_id)
        return self._interests.all(account_id, list_id)

    def get(self, account_id: str, list_id: int, name: str) -> Interest:
        """Raises NotFound."""
        self._lists.get(account_id, list_id)
        return self._interests.get(account_id, list_id, name)

    def require(self, account_id: str, list_id: int, names: Collection[str]) -> None:
        """Raises Invalid for an interest that the list lacks."""
        if not names:
            return
        missing = sorted(set(names) - {interest.name for interest in self._interests.all(account_id, list_id)})
        if missing:
            raise Invalid(f"The list has no interest {missing[0]!r}.", code="interest_not_found", field="interests")

    def create(self, account_id: str, list_id: int, *, name: str, alias: str | None) -> Interest:
        """Raises NotFound for the list, Conflict when it has one of this name or contacts are still being rid of it."""
        if len(self.all(account_id, list_id)) >= MAX_INTERESTS:
            raise Invalid(f"A list has at most {MAX_INTERESTS} interests.", code="too_many_interests")
        self._check_free(account_id, list_id, name)
        interest = Interest(account_id=account_id, list_id=list_id, name=name, alias=alias)
        self._interests.add(interest)
        return interest

    def change(
        self, account_id: str, list_id: int, name: str, *, new_name: str | None, alias: str | None, set_alias: bool
    ) -> Interest:
        """Rename it, for contacts and segments, or change what people see. Raises NotFound, Conflict, or Invalid."""
        if new_name is not None and not NAME.fullmatch(new_name):
            raise Invalid("The name is not that of an interest.", code="interest_name_invalid", field="name")
        self._lists.get(account_id, list_id)
        if new_name is not None and new_name != name:
            self._moves.check_free(account_id, "interest", name, list_id=list_id)
        before = self.get(account_id, list_id, name)
        after = replace(before, name=new_name or name, alias=alias if set_alias else before.alias)
        if after.name == before.name:
            self._interests.set_alias(after)
            return after
        self._check_free(account_id, list_id, after.name)
        if any(one.name == after.name for one in self._interests.all(account_id, list_id)):
            raise Conflict("The list has an interest of this name.", code="interest_exists", field="name")
        self._moves.rename(account_id, "interest", name, self._interests.item(after), list_id=list_id)
        return after

    def delete(self, account_id: str, list_id: int, name: str) -> Interest:
        """Also taken from every contact, by the queue. Raises NotFound, or Conflict when a segment names it."""
        self._lists.get(account_id, list_id)
        self._moves.check_free(account_id, "interest", name, list_id=list_id)
        interest = self.get(account_id, list_id, name)
        self._moves.delete(account_id, "interest", name, list_id=list_id)
        return interest

    def _check_free(self, account_id: str, list_id: int, name: str) -> None:
        self._moves.check_free(account_id, "interest", name, list_id=list_id, field="name")
