"""Cache parsed expressions in the stand-in, which otherwise parses an expression again for each item."""

from functools import lru_cache
from typing import Any

KEPT = 4096
READERS = ("_tokenize", "_condition_syntax_error")
"""Functions of `ministack.services.dynamodb` whose results follow from texts alone, and are only read."""


def keep_read_expressions(dynamodb: Any) -> None:
    """Keep the results of the functions that read expressions."""
    for name in READERS:
        setattr(dynamodb, name, lru_cache(KEPT)(getattr(dynamodb, name)))
