"""Replace the names in a tree by ids, so that a renamed tag or interest stays the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from postrider.filters.tree import (
    BUILT_IN,
    Comparison,
    InterestCondition,
    Leaf,
    Modulo,
    TagCondition,
    Tree,
    with_leaves,
)

NOBODY = 0
"""The id of a tag that does not exist: ids are counted from 1."""


From = TypeVar("From", str, int)
To = TypeVar("To", str, int)


@dataclass(frozen=True, kw_only=True)
class Keys(Generic[From, To]):
    """Ids by name, or names by id."""

    tags: Mapping[From, To] = field(default_factory=dict)
    interests: Mapping[From, To] = field(default_factory=dict)
    attributes: Mapping[From, To] = field(default_factory=dict)


def bound(tree: Tree, ids: Keys[str, int]) -> Tree:
    """Return the tree with ids for names; a tag without an id becomes NOBODY, which no contact has."""
    return with_leaves(tree, lambda leaf: _bound(leaf, ids))


def _bound(leaf: Leaf, ids: Keys[str, int]) -> Leaf:
    match leaf:
        case TagCondition(str(name)):
            return TagCondition(ids.tags.get(name, NOBODY))
        case InterestCondition(str(name)):
            return InterestCondition(ids.interests[name])
        case Comparison(str(name)) | Modulo(str(name)) if name not in BUILT_IN:
            return replace(leaf, field=ids.attributes[name])
        case _:
            return leaf
