"""Capture the output of all loggers."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from postrider.kit.observability import logger


@contextmanager
def captured_lines() -> Iterator[list[str]]:
    handler = logging.Handler(logging.DEBUG)
    written: list[str] = []

    def emit(record: logging.LogRecord) -> None:
        is_ours = record.name.startswith("postrider")
        written.append((logger.registered_formatter if is_ours else logging.Formatter()).format(record))

    handler.emit = emit  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    assert logger.propagate
    try:
        yield written
    finally:
        logging.getLogger().removeHandler(handler)
