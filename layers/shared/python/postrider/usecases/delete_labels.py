"""Delete tags, interests and attributes, unless a segment uses them."""

from functools import partial

from postrider.attributes.service import AttributeService
from postrider.groups.model import Group
from postrider.groups.service import GroupService
from postrider.interests.model import Interest
from postrider.interests.service import InterestService
from postrider.kit.deletion import delete_unused
from postrider.kit.errors import Conflict
from postrider.segments.model import Segment
from postrider.segments.service import SegmentService


class NameDeletion:
    """A service for deletions. Each deletion is one write; the id is removed from a contact with its next change."""

    def __init__(
        self,
        groups: GroupService,
        interests: InterestService,
        attributes: AttributeService,
        segments: SegmentService,
    ) -> None:
        self._groups, self._interests, self._attributes, self._segments = groups, interests, attributes, segments

    def delete_tag(self, account_id: str, name: str) -> None:
        """Delete a tag. Raises NotFound, or Conflict if a segment uses it."""
        self.delete_group(account_id, self._groups.by_name(account_id, name))

    def delete_group(self, account_id: str, group: Group) -> None:
        """Delete a group. Raises NotFound, or Conflict if a segment uses it."""
        delete_unused(
            check=lambda: _refuse_used(self._segments.using_group(account_id, group.id), "tag", "tag"),
            delete=lambda: self._groups.delete(group),
            restore=lambda: self._groups.restore(group),
        )

    def delete_interest(self, account_id: str, list_id: int, name: str) -> Interest:
        """Delete an interest and return it. Raises NotFound, or Conflict if a segment uses it."""
        interest = self._interests.get(account_id, list_id, name)
        using = partial(self._segments.using_interest, account_id, list_id, interest.id)
        delete_unused(
            check=lambda: _refuse_used(using(), "interest", "interest_name"),
            delete=lambda: self._interests.delete(interest),
            restore=lambda: self._interests.restore(interest),
        )
        return interest

    def delete_attribute(self, account_id: str, list_id: int, name: str) -> None:
        """Delete an attribute. Raises NotFound, or Conflict if a segment uses it."""
        attribute = self._attributes.get(account_id, list_id, name)
        using = partial(self._segments.using_attribute, account_id, list_id, attribute.id)
        delete_unused(
            check=lambda: _refuse_used(using(), "attribute", "name"),
            delete=lambda: self._attributes.delete(attribute),
            restore=lambda: self._attributes.restore(attribute),
        )


def _refuse_used(segment: Segment | None, kind: str, parameter: str) -> None:
    if segment is not None:
        raise Conflict(
            f"Segment {segment.id} ({segment.name!r}) of list {segment.list_id} names this {kind}.",
            code=f"{kind}_in_use",
            field=parameter,
        )
