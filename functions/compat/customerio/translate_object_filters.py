"""Translate filters of objects (contract, section 7) to conditions of the domain; pure."""

from functions.compat.customerio.schemas_objects import AllOf, AnyOf, AttributeTest, Not, ObjectFilter
from postrider.filters import MAX_DEPTH
from postrider.kit.errors import Invalid
from postrider.objects import rules
from postrider.objects.service import Condition

MAX_TERMS = 300


def condition_of(given_filter: ObjectFilter, type_id: int) -> Condition:
    """Return the condition. Raises Invalid for a filter that is too large, or about objects of another type."""
    return _Reader(type_id).read(given_filter, 1)


class _Reader:
    def __init__(self, type_id: int) -> None:
        self._type_id, self._terms = type_id, 0

    def read(self, part: ObjectFilter, depth: int) -> Condition:
        self._terms += 1
        if depth > MAX_DEPTH or self._terms > MAX_TERMS:
            reason = f"The filter is too large: at most {MAX_TERMS} conditions and {MAX_DEPTH} levels."
            raise Invalid(reason, code="filter_too_large", field="filter")
        match part.root:
            case AllOf(parts=parts):
                conditions = [self.read(inner, depth + 1) for inner in parts]
                return lambda stored: all(condition(stored) for condition in conditions)
            case AnyOf(parts=parts):
                conditions = [self.read(inner, depth + 1) for inner in parts]
                return lambda stored: any(condition(stored) for condition in conditions)
            case Not(part=inner):
                condition = self.read(inner, depth + 1)
                return lambda stored: not condition(stored)
            case leaf:
                return self._leaf(leaf.object_attribute)

    def _leaf(self, test: AttributeTest) -> Condition:
        if str(test.type_id) != str(self._type_id):
            reason = f"Invalid type_id {test.type_id!r}: it has to equal the object_type_id of the request."
            raise Invalid(reason, code="filter_type_differs", field="filter")
        if test.operator == "exists":
            return lambda stored: rules.has_attribute(stored, test.field)
        if test.value is None:
            raise Invalid("Invalid filter: `eq` needs a value.", code="filter_without_value", field="filter")
        return lambda stored: rules.equals(stored, test.field, test.value)
