"""Keep the conditions of contents valid when the tags and interests that they name are renamed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from postrider.content.conditions import names_in, renamed
from postrider.filters.respelling import INTEREST, TAG
from postrider.groups.rules import TAG_NAME
from postrider.kit.errors import Invalid

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.content.model import Content
    from postrider.groups.service import GroupService
    from postrider.interests.service import InterestService


class ConditionNames:
    """A converter of conditions: contents are stored with ids of tags and interests, and read with their current names."""

    def __init__(self, groups: GroupService, interests: InterestService) -> None:
        self._groups, self._interests = groups, interests

    def bound(self, account_id: str, list_id: int | None, content: Content) -> Content:
        """Return the content with ids in place of the names in its conditions. Unknown tags are created, as by a segment."""
        names = names_in(content)
        tags, interests = ({name for kind, name in names if kind == wanted} for wanted in (TAG, INTEREST))
        ids: dict[str, dict[str, int]] = {}
        if tags:
            new = {name for name in tags if TAG_NAME.fullmatch(name)}
            ids[TAG] = self._groups.ensure(account_id, new) | self._groups.ids_of(account_id, tags - new)
        if interests and list_id is not None:
            ids[INTEREST] = self._interests.ids_of(account_id, list_id, interests)
        return replace(content, names=ids)

    def current(self, account_id: str, list_id: int | None, content: Content) -> Content:
        """Return the content with the current names in its conditions; deleted tags and interests keep their last name."""
        if not content.names:
            return content
        current = self._current_names(account_id, list_id, content)
        names = {
            kind: {name: current[kind].get(key, name) for name, key in ids.items()}
            for kind, ids in content.names.items()
        }
        if all(name == new for pairs in names.values() for name, new in pairs.items()):
            return content
        ids = {kind: {names[kind][name]: key for name, key in pairs.items()} for kind, pairs in content.names.items()}
        return replace(renamed(content, lambda kind, name: names.get(kind, {}).get(name, name)), names=ids)

    def check(self, account_id: str, list_id: int | None, content: Content) -> None:
        """Check that the tags and interests in the conditions exist. Raises Invalid.

        A negated condition on a deleted tag would be true for every contact.
        """
        current = self._current_names(account_id, list_id, content)
        for kind, ids in content.names.items():
            for name, key in ids.items():
                if key not in current[kind]:
                    raise Invalid(
                        f"A condition of the content names the {kind} {name!r}, which was deleted. Remove the condition.",
                        code=f"{kind}_deleted",
                        field="content",
                    )

    def _current_names(self, account_id: str, list_id: int | None, content: Content) -> Mapping[str, Mapping[int, str]]:
        names: dict[str, Mapping[int, str]] = {}
        if TAG in content.names:
            names[TAG] = self._groups.names_of(account_id, content.names[TAG].values())
        if INTEREST in content.names:
            is_listed = list_id is not None
            names[INTEREST] = self._interests.names_of(account_id, list_id or 0) if is_listed else {}
        return names
