"""A pushed-down filter as a pynamodb condition, for `Model.query(filter_condition=...)`."""

import re
from typing import Any

from pynamodb.expressions.condition import Condition

from postrider.filters.pushdown import Pushdown

_NAME = re.compile(r"#f[0-9]+")


class PushedDown(Condition):
    """May be combined with other conditions: its placeholders are of a form that pynamodb does not make."""

    def __init__(self, pushdown: Pushdown) -> None:
        super().__init__("")
        self._pushdown = pushdown

    def serialize(self, placeholder_names: dict[str, str], expression_attribute_values: dict[str, Any]) -> str:
        names = {
            placeholder: placeholder_names.setdefault(name, placeholder)
            for placeholder, name in self._pushdown.names.items()
        }
        expression_attribute_values.update(self._pushdown.values)
        return _NAME.sub(lambda found: names[found[0]], self._pushdown.expression)

    def __repr__(self) -> str:
        return self._pushdown.expression
