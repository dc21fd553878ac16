"""Parts of the platform that a test replaces."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from postrider import bootstrap


@contextmanager
def overridden(**parts: Any) -> Iterator[None]:
    """Use these parts inside, beside those that are replaced already; fields of `bootstrap.Overrides`."""
    before = bootstrap.overrides()
    bootstrap.use(replace(before, **parts))
    try:
        yield
    finally:
        bootstrap.use(before)
