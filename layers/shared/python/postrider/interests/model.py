"""Define an interest of a list."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Interest:
    """An interest. Contacts store its `id`; people see the `alias`, or the `name` without an alias."""

    id: int
    account_id: str
    list_id: int
    name: str
    alias: str | None = None
