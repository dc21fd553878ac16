"""Replace parts of the platform in a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from postrider import bootstrap


@contextmanager
def overridden(**parts: Any) -> Iterator[None]:
    """Replace these parts inside the block, in addition to those already replaced; fields of `bootstrap.Overrides`."""
    before = bootstrap.overrides()
    bootstrap.use(replace(before, **parts))
    try:
        yield
    finally:
        bootstrap.use(before)
