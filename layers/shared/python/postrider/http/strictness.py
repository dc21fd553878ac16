"""Find members of a body that are not in its schema, for callers who request that they are refused."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, RootModel

Place = tuple[str | int, ...]


def unknown_members(value: Any, sent: Any, place: Place = ("body",)) -> Iterator[Place]:
    """Yield the places of members of `sent` that are not in the model of `value`, which was parsed from `sent`."""
    if isinstance(value, RootModel):
        yield from unknown_members(value.root, sent, place)
    elif isinstance(value, BaseModel) and isinstance(sent, dict):
        names = {info.alias or name: name for name, info in type(value).model_fields.items()}
        for member, part in sent.items():
            if member in names:
                yield from unknown_members(getattr(value, names[member]), part, (*place, member))
            elif value.model_config.get("extra") != "allow":
                yield (*place, member)
    elif isinstance(value, list) and isinstance(sent, list):
        for index, (part, sent_part) in enumerate(zip(value, sent, strict=False)):
            yield from unknown_members(part, sent_part, (*place, index))
    elif isinstance(value, dict) and isinstance(sent, dict):
        for key in value.keys() & sent.keys():
            yield from unknown_members(value[key], sent[key], (*place, key))
