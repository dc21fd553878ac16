"""Translate the audience of a newsletter: all people, a data-driven segment, or a filter."""

from collections.abc import Mapping
from typing import Any

from functions.compat.customerio.translate_filters import people_tree
from postrider import bootstrap
from postrider.filters import MAX_DEPTH, to_stored
from postrider.filters.languages.people_json import segment_ids_of
from postrider.kit.errors import NotFound
from postrider.kit.ids import random_id

_GROUPS = ("and", "or")
_LEAVES = ("attribute", "segment")
_DEEPEST = 3 * MAX_DEPTH
"""Maximum depth of lists and objects; deeper filters would be refused when they are parsed."""


def audience_of(account_id: str, list_id: int, recipients: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the settings of a campaign with this audience. Raises Invalid for an invalid filter.

    A single data-driven segment is evaluated when the sending starts; segments in a filter are replaced by their current
    conditions.
    """
    if not recipients:
        return {}
    segment_id = _only_segment(recipients)
    if segment_id is not None:
        try:
            return {"segment_id": bootstrap.segments().get(account_id, list_id, segment_id).id}
        except NotFound:  # a manual segment, or an unknown segment, which has no members
            pass
    form = _without_inverse(recipients)
    tree = people_tree(account_id, form, field="recipients")
    audience_id = random_id()
    bootstrap.stored_audiences().save_filter(account_id, audience_id, to_stored(tree), {})
    return {"audience_id": audience_id, "audience_segment_ids": sorted(segment_ids_of(form))}


def _without_inverse(node: Any, depth: int = 0) -> Any:
    """Return the filter with `not` instead of the member `inverse` of a condition, which only these filters have."""
    if depth > _DEEPEST:
        return node
    if isinstance(node, list):
        return [_without_inverse(part, depth + 1) for part in node]
    if not isinstance(node, Mapping):
        return node
    words = (*_GROUPS, "not")
    changed = {word: _without_inverse(part, depth + 1) if word in words else part for word, part in node.items()}
    for leaf in _LEAVES:
        condition = changed.get(leaf)
        if isinstance(condition, Mapping) and isinstance(condition.get("inverse"), bool):
            plain = {leaf: {name: value for name, value in condition.items() if name != "inverse"}}
            return {"not": plain} if condition["inverse"] else plain
    return changed


def _only_segment(recipients: Any) -> int | None:
    """Return the id of the segment if it is the whole audience, also inside groups; None for other filters."""
    while isinstance(recipients, Mapping) and len(recipients) == 1:
        ((word, value),) = recipients.items()
        if word == "segment":
            segment_id = value.get("id") if isinstance(value, Mapping) and len(value) == 1 else None
            return segment_id if isinstance(segment_id, int) and not isinstance(segment_id, bool) else None
        if word not in _GROUPS or not isinstance(value, list) or len(value) != 1:
            return None
        recipients = value[0]
    return None
