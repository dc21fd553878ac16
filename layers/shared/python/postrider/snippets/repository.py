"""Store snippets and their former values."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from postrider.kit.errors import Conflict
from postrider.snippets.model import Snippet
from postrider.snippets.table import FormerSnippetItem, SnippetItem
from postrider.storage.accounts_table import AccountsTableItem, account_key, item_or_none, items_of
from postrider.storage.dynamo import batch_get, entity, on_condition_failure, transaction

FORMER_KEPT = timedelta(days=400)
"""Retention of a former value: the same as of the log of mails that contain it."""
_PREFIX, _FORMER_PREFIX = "snippet#", "former_snippet#"
_END_OF_NAME = "\x1f"
"""A separator in keys: names of snippets have no control characters."""


class SnippetRepository:
    def all(self, account_id: str) -> Iterator[Snippet]:
        """Return the snippets of an account in order of name."""
        return (entity(Snippet, item) for item in items_of(SnippetItem, account_id, _PREFIX))

    def find(self, account_id: str, name: str) -> Snippet | None:
        item = item_or_none(SnippetItem, account_key(account_id), _PREFIX + name)
        return None if item is None else entity(Snippet, item)

    def many(self, account_id: str, names: Iterable[str]) -> dict[str, Snippet]:
        """Return the existing snippets with these names, with one call for 100."""
        keys = [(account_key(account_id), _PREFIX + name) for name in names]
        items = (item for item in batch_get(SnippetItem, keys) if isinstance(item, SnippetItem))
        return {item.name: entity(Snippet, item) for item in items}

    def former_value(self, account_id: str, name: str, moment: datetime) -> str | None:
        """Return the value of a snippet with this name at the moment; None if it did not exist, or its value has expired."""
        start = _FORMER_PREFIX + name + _END_OF_NAME
        later = AccountsTableItem.sk.between(start + _key_of(moment + timedelta(microseconds=1)), start + "~")
        items = AccountsTableItem.query(account_key(account_id), later, limit=1, consistent_read=True)
        item = next((item for item in items if isinstance(item, FormerSnippetItem)), None)
        return item.value if item is not None and item.updated_at <= moment else None

    def put(self, before: Snippet | None, after: Snippet) -> None:
        """Store a snippet, and its former value `before` as another item. Raises Conflict if it has changed since `before`."""
        with on_condition_failure(_changed()), transaction() as writes:
            item = SnippetItem(account_key(after.account_id), _PREFIX + after.name, **asdict(after))
            writes.save(item, condition=SnippetItem.pk.does_not_exist() if before is None else _unchanged(before))
            _keep(writes, before, after.updated_at)

    def delete(self, snippet: Snippet, now: datetime) -> None:
        """Delete a snippet, and store its value as a former one. Raises Conflict after a concurrent change."""
        with on_condition_failure(_changed()), transaction() as writes:
            item = SnippetItem(account_key(snippet.account_id), _PREFIX + snippet.name)
            writes.delete(item, condition=_unchanged(snippet))
            _keep(writes, snippet, now)

    def restore(self, snippet: Snippet) -> None:
        """Restore a snippet that was just deleted, unless its name is taken meanwhile."""
        self.put(None, snippet)


def _key_of(moment: datetime) -> str:
    return f"{moment.timestamp():017.6f}"


def _keep(writes: TransactWrite, snippet: Snippet | None, until: datetime) -> None:
    """Store a former value, unless it was replaced at the moment at which it began."""
    if snippet is None or snippet.updated_at == until:
        return
    key = _FORMER_PREFIX + snippet.name + _END_OF_NAME + _key_of(until)
    former = FormerSnippetItem(account_key(snippet.account_id), key, expires_at=until + FORMER_KEPT)
    former.value, former.updated_at = snippet.value, snippet.updated_at
    writes.save(former)


def _unchanged(snippet: Snippet) -> Condition:
    unchanged: Condition = SnippetItem.updated_at == snippet.updated_at
    unchanged &= SnippetItem.value == snippet.value
    return unchanged


def _changed() -> Conflict:
    return Conflict("The snippet was modified concurrently; retry.", code="snippet_changed", field="name")
