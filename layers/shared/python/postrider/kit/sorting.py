"""The order of a listing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sort:
    """The order of a listing by a field."""

    field: str
    descending: bool = False
