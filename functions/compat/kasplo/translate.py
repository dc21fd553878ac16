"""Words of the Kasplo API and of the domain, both ways."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

SUCCESS = "Request processed successfully."


class Named(Protocol):
    @property
    def name(self) -> str: ...


NamedT = TypeVar("NamedT", bound=Named)


def page_of(items: Iterable[NamedT], *, name: str | None, page: int, size: int) -> tuple[Sequence[NamedT], int]:
    """Return the items of a page with this name (all names when None), and how many there are on all pages."""
    matching = [item for item in items if name is None or item.name.casefold() == name.casefold()]
    return matching[(page - 1) * size : page * size], len(matching)
