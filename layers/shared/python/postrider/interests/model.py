"""An interest of a list."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Interest:
    """`alias` is what people see; `name` is what contacts carry."""

    account_id: str
    list_id: int
    name: str
    alias: str | None = None
