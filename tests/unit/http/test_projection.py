"""Partial answers: dotted paths from the root, in which arrays are transparent."""

from hypothesis import given
from hypothesis import strategies as st

from postrider.http.projection import project

NAMES = st.sampled_from(["a", "b", "c"])
BODIES = st.recursive(
    st.integers(), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=12
).filter(lambda body: isinstance(body, dict))
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=3).map(".".join), max_size=3)


def leaves(value, path=()):
    """Yield the path of each scalar and each empty container, without positions in arrays."""
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from leaves(part, (*path, name))
    elif isinstance(value, list) and value:
        for part in value:
            yield from leaves(part, path)
    else:
        yield ".".join(path)


def is_named(leaf, paths):
    return any(leaf == path or leaf.startswith(f"{path}.") for path in paths)


@given(BODIES, PATHS)
def test_what_is_named_is_dropped_and_nothing_else(body, paths):
    rest = [leaf for leaf in leaves(project(body, drop=paths)) if leaf]
    assert [leaf for leaf in rest if is_named(leaf, paths)] == []
    expected = [leaf for leaf in leaves(body) if leaf and not is_named(leaf, paths)]
    assert set(expected) <= set(rest)


@given(BODIES, PATHS)
def test_what_is_named_is_kept_and_nothing_else(body, paths):
    kept = project(body, keep=paths)
    scalars = {leaf for leaf in leaves(body) if is_named(leaf, paths)}
    assert scalars <= set(leaves(kept)) | {""}
    assert project(kept, keep=paths) == kept
    assert project(body, keep=None) == body


def test_the_examples_of_the_contract():
    body = {"lists": [{"id": "1", "name": "x", "stats": {"n": 1}}, {"id": "2", "name": "y"}], "total_items": 2}
    assert project(body, keep=["lists.id", "constraints"]) == {"lists": [{"id": "1"}, {"id": "2"}]}
    assert project(body, keep=["lists.stats", "lists.stats.n", "total_items.x"]) == {"lists": [{"stats": {"n": 1}}, {}]}
    assert project(body, drop=["lists.name", "lists.stats.n"]) == {
        "lists": [{"id": "1", "stats": {}}, {"id": "2"}],
        "total_items": 2,
    }
