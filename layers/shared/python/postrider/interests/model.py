"""An interest of a list."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Interest:
    """Contacts hold the `id`; people see the `alias`, or the `name` without one."""

    id: int
    account_id: str
    list_id: int
    name: str
    alias: str | None = None
