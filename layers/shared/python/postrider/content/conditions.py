"""Parse the conditions of [IF ...] tags, which are written in the filter language."""

from postrider.content.vocabulary import Vocabulary
from postrider.filters import Tree, parse_query


def parse_condition(text: str, vocabulary: Vocabulary) -> Tree | None:
    """Return the filter, or None while no list is chosen. Raises Invalid for a syntax error or an unknown field."""
    return None if vocabulary.fields is None else parse_query(text, vocabulary.fields, field=())
