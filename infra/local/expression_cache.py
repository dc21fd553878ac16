"""Lets the stand-in read an expression once: it otherwise takes the text apart anew for each item that it looks at."""

from functools import lru_cache
from typing import Any

KEPT = 4096
READERS = ("_tokenize", "_condition_syntax_error")
"""Functions of `ministack.services.dynamodb` whose results follow from texts alone, and are only read."""


def keep_read_expressions(dynamodb: Any) -> None:
    """Keep the results of the functions that read expressions."""
    for name in READERS:
        setattr(dynamodb, name, lru_cache(KEPT)(getattr(dynamodb, name)))
