"""The order of a listing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sort:
    field: str
    descending: bool = False
