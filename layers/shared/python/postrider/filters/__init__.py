"""Filters of contacts: expressions in three languages, one tree, and a predicate and a DynamoDB filter that agree.

Words: an *expression* is the text (or JSON) of a filter. It is parsed to a *tree*, which names tags, interests and
attributes; a *bound* tree has their ids instead. A *compiled filter* is a bound tree that is prepared to test the contacts
of a list (`segments.evaluation`). A *DynamoDB filter* is the part of it that DynamoDB tests.

Languages: `sql` (the `query` parameter), `fiql` and `contact_json`; docs/reference/filters.md has their grammars and examples.
`people_json` is the form of programs that use ids of segments and compare texts exactly; it is parsed to bound trees.
The bounds are in `tree`: MAX_LENGTH, MAX_TERMS, MAX_DEPTH.
"""

from postrider.filters.binding import NOBODY, bound
from postrider.filters.moments import RelativeMoment
from postrider.filters.parsing import Language, chosen, parse, parse_fiql, parse_json, parse_query
from postrider.filters.predicate import Contact, Facts, matches, test_of
from postrider.filters.pushdown import DynamoFilter, dynamo_filter_of, fields_of
from postrider.filters.respelling import respelled
from postrider.filters.schema import Schema
from postrider.filters.stored import from_stored, to_stored
from postrider.filters.tree import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_TERMS,
    Activity,
    And,
    Comparison,
    ExactText,
    Fact,
    InterestCondition,
    Key,
    Kind,
    Modulo,
    Not,
    Op,
    Or,
    Pattern,
    TagCondition,
    Tree,
    all_of,
    any_of,
    attributes_of,
    campaigns_of,
    facts_of,
    has_days,
    interests_of,
    leaves,
    links_of,
    negated,
    required_tags_of,
    tags_of,
)

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_TERMS",
    "NOBODY",
    "Activity",
    "And",
    "Comparison",
    "Contact",
    "DynamoFilter",
    "ExactText",
    "Fact",
    "Facts",
    "InterestCondition",
    "Key",
    "Kind",
    "Language",
    "Modulo",
    "Not",
    "Op",
    "Or",
    "Pattern",
    "RelativeMoment",
    "Schema",
    "TagCondition",
    "Tree",
    "all_of",
    "any_of",
    "attributes_of",
    "bound",
    "campaigns_of",
    "chosen",
    "dynamo_filter_of",
    "facts_of",
    "fields_of",
    "from_stored",
    "has_days",
    "interests_of",
    "leaves",
    "links_of",
    "matches",
    "negated",
    "parse",
    "parse_fiql",
    "parse_json",
    "parse_query",
    "required_tags_of",
    "respelled",
    "tags_of",
    "test_of",
    "to_stored",
]
