"""Selections of contacts: three languages, one expression tree, a predicate and a filter that agree.

Languages: `sql` (the `query` parameter), `fiql` and `json_form`; each module's docstring is its reference, and that of
`moments` has the form of dates. Bounds are in `tree`: MAX_LENGTH, MAX_TERMS, MAX_DEPTH.
"""

from postrider.filters.moments import Relative
from postrider.filters.parsing import Language, chosen, parse, parse_fiql, parse_json, parse_query
from postrider.filters.predicate import Contact, Facts, matches
from postrider.filters.pushdown import Pushdown, filter_of
from postrider.filters.rendering import to_fiql, to_json, to_query
from postrider.filters.schema import Schema
from postrider.filters.tree import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_TERMS,
    Activity,
    And,
    Comparison,
    Fact,
    Interested,
    Kind,
    Modulo,
    Not,
    Op,
    Or,
    Pattern,
    Tagged,
    Tree,
    all_of,
    any_of,
    attributes_of,
    campaigns_of,
    facts_of,
    links_of,
    negated,
)

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_TERMS",
    "Activity",
    "And",
    "Comparison",
    "Contact",
    "Fact",
    "Facts",
    "Interested",
    "Kind",
    "Language",
    "Modulo",
    "Not",
    "Op",
    "Or",
    "Pattern",
    "Pushdown",
    "Relative",
    "Schema",
    "Tagged",
    "Tree",
    "all_of",
    "any_of",
    "attributes_of",
    "campaigns_of",
    "chosen",
    "facts_of",
    "filter_of",
    "links_of",
    "matches",
    "negated",
    "parse",
    "parse_fiql",
    "parse_json",
    "parse_query",
    "to_fiql",
    "to_json",
    "to_query",
]
