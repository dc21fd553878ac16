"""Conditions on objects in the form of filters of people: attributes are compared as texts, to the letter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from postrider.attributes.rules import text_of
from postrider.filters.languages import people_form
from postrider.filters.predicate import test_of
from postrider.filters.tree import Tree
from postrider.kit.errors import FieldPath, Invalid
from postrider.objects.model import DataObject
from postrider.objects.service import Condition

_NO_MOMENT = datetime.fromtimestamp(0, UTC)
"""No condition depends on the time."""


@dataclass(frozen=True)
class _Texts:
    """The attributes that a condition names, by the numbers that it gives to their names."""

    attributes: Mapping[int, str]


def condition_of(form: Any, type_id: int, *, field: FieldPath = "filter") -> Condition:
    """Return the condition on objects of a type. Raises Invalid, naming `field`, for a filter that cannot be read."""
    numbers: dict[str, int] = {}

    def of_attribute(name: str, text: str | None) -> Tree:
        return people_form.has_text(numbers.setdefault(name, len(numbers)), text)

    meaning = people_form.Meaning(of_attribute=of_attribute, leaf="object_attribute", extra={"type_id": str(type_id)})
    try:
        test = test_of(people_form.build(form, meaning), _NO_MOMENT)
    except Invalid as exc:
        raise Invalid(exc.message, code=exc.code, details=exc.details, field=field) from None

    def accepts(stored: DataObject) -> bool:
        texts = {
            number: text_of(stored.attributes[name]) or ""
            for name, number in numbers.items()
            if name in stored.attributes
        }
        return test(cast(Any, _Texts(texts)), {})

    return accepts
