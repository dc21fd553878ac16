"""Define a snippet."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """A text that `{{ snippets.name }}` inserts into a content. `updated_at` is the moment of its last change."""

    account_id: str
    name: str
    value: str
    updated_at: datetime
