"""The expressions of [IF ...]: the selection language, seen from the mail side."""

from datetime import datetime
from typing import Any

from postrider.content.vocabulary import Vocabulary


def parse_condition(text: str, vocabulary: Vocabulary) -> Any:
    """A tree for `holds`. Raises Invalid for a text that does not parse or a field the list has not."""
    from postrider import selection

    return selection.parse_query(text, vocabulary.fields)


def holds(tree: Any, contact: Any, facts: Any, now: datetime) -> bool:
    from postrider import selection

    return bool(selection.matches(tree, contact, facts, now))
