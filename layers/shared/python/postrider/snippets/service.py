"""Rules of snippets: names, values, and the values for a content at a moment."""

from collections.abc import Collection
from datetime import datetime

from postrider.content.model import Content
from postrider.content.snippets import insert_values, names_of
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.quotas import add_within_quota
from postrider.snippets import rules
from postrider.snippets.model import Snippet
from postrider.snippets.repository import SnippetRepository


class SnippetService:
    def __init__(self, snippets: SnippetRepository, now: Clock) -> None:
        self._snippets, self._now = snippets, now

    def all(self, account_id: str) -> list[Snippet]:
        """Return the snippets of an account in order of name."""
        return list(self._snippets.all(account_id))

    def get(self, account_id: str, name: str) -> Snippet:
        """Return the snippet with this name; white space around the name is ignored. Raises NotFound."""
        snippet = self._snippets.find(account_id, name.strip())
        if snippet is None:
            raise NotFound("Unknown snippet.", code="snippet_not_found", field="snippet_name")
        return snippet

    def put(self, account_id: str, *, name: str, value: str) -> Snippet:
        """Create the snippet with this name, or change its value.

        Contents that are sent later have the new value. Raises Invalid for an invalid name or value, and past the limits of
        an account; Conflict after a concurrent change.
        """
        name, value = rules.clean_name(name), rules.clean_value(value)
        before = self._snippets.find(account_id, name)
        if before is not None and before.value == value:
            return before
        after = Snippet(account_id=account_id, name=name, value=value, updated_at=self._now())
        added = len(value.encode()) - (len(before.value.encode()) if before else 0)
        self._check_size(account_id, added)
        if before is not None:
            self._snippets.put(before, after)
            return after
        reason = f"An account has at most {rules.MAX_SNIPPETS} snippets; delete one that is not used."
        add_within_quota(
            rules.MAX_SNIPPETS,
            add=lambda: self._snippets.put(None, after),
            undo=lambda: self._snippets.delete(after, self._now()),
            count=lambda: sum(1 for _ in self._snippets.all(account_id)),
            error=Invalid(reason, code="too_many_snippets"),
        )
        return after

    def _check_size(self, account_id: str, added: int) -> None:
        if added <= 0:
            return
        size = sum(len(snippet.value.encode()) for snippet in self._snippets.all(account_id))
        if size + added > rules.MAX_TOTAL_BYTES:
            reason = f"All snippets of an account have at most {rules.MAX_TOTAL_BYTES} bytes; shorten or delete some."
            raise Invalid(reason, code="snippets_too_large", field="value")

    def delete(self, snippet: Snippet) -> None:
        """Delete the snippet without a check of its uses. Raises Conflict after a concurrent change."""
        self._snippets.delete(snippet, self._now())

    def restore(self, snippet: Snippet) -> None:
        """Restore a snippet that was just deleted."""
        self._snippets.restore(snippet)

    def inserted(self, account_id: str, content: Content, as_of: datetime | None = None) -> Content:
        """Return the content with the values of its snippets at the moment, or their current values.

        The tag of an unknown snippet is not replaced.
        """
        names = names_of(content)
        return insert_values(content, self._values(account_id, names, as_of)) if names else content

    def _values(self, account_id: str, names: Collection[str], as_of: datetime | None) -> dict[str, str]:
        current = self._snippets.many(account_id, names)
        values: dict[str, str] = {}
        for name in names:
            snippet = current.get(name)
            if as_of is None or (snippet is not None and snippet.updated_at <= as_of):
                value = None if snippet is None else snippet.value
            else:
                value = self._snippets.former_value(account_id, name, as_of)
            if value is not None:
                values[name] = value
        return values
