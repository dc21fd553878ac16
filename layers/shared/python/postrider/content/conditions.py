"""The expressions of [IF ...]: the selection language, seen from the mail side."""

from postrider.content.vocabulary import Vocabulary
from postrider.filters import Tree, parse_query


def parse_condition(text: str, vocabulary: Vocabulary) -> Tree | None:
    """None while no list is chosen. Raises Invalid for a text that does not parse or a field the list has not."""
    return None if vocabulary.fields is None else parse_query(text, vocabulary.fields, field=())
