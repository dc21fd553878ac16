"""Reduce an answer to some of its members: dotted paths from the root, in which arrays are transparent."""

from collections.abc import Iterable
from typing import Any

Tree = dict[str, Any]
"""Names by name; a name without names below it stands for the whole subtree."""


def project(body: Any, *, keep: Iterable[str] | None = None, drop: Iterable[str] = ()) -> Any:
    """Return the body with only the members in `keep`, or all if it is None, and without those in `drop`.

    "lists.id" is the id of every element of `lists`; a path to a parent means its whole subtree. Unknown paths are ignored.
    """
    kept = body if keep is None else _kept(body, _tree_of(keep))
    return _without(kept, _tree_of(drop))


def _tree_of(paths: Iterable[str]) -> Tree:
    """Return the paths as a tree. A path to a parent replaces the paths below it."""
    tree: Tree = {}
    for path in sorted(paths, key=lambda path: path.count(".")):
        *parents, name = path.split(".")
        node: Tree | None = tree
        for parent in parents:
            if node is not None:
                node = node.setdefault(parent, {}) if parent not in node or node[parent] else None
        if node is not None:
            node.setdefault(name, {})
    return tree


def _kept(value: Any, tree: Tree) -> Any:
    if isinstance(value, list):
        return [_kept(element, tree) for element in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _kept(part, tree[name]) if tree[name] else part
        for name, part in value.items()
        if name in tree and (not tree[name] or isinstance(part, dict | list))
    }


def _without(value: Any, tree: Tree) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_without(element, tree) for element in value]
    if not isinstance(value, dict):
        return value
    whole = {name for name, below in tree.items() if not below}
    return {name: _without(part, tree.get(name, {})) for name, part in value.items() if name not in whole}
