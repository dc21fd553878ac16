"""Read parameters of a query that clients of dialects write in several ways."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

_LOST_PLUS = re.compile(r" (\d\d:?\d\d)$")
"""The offset of a moment whose plus sign was not escaped, which is a blank in a query."""


def words(text: str | None, separator: str = ",") -> tuple[str, ...]:
    """Return the parts of a list in one text, without blank ones."""
    return tuple(part for word in (text or "").split(separator) if (part := word.strip()))


def _with_plus(value: Any) -> Any:
    return _LOST_PLUS.sub(r"+\1", value) if isinstance(value, str) else value


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


QueryMoment = Annotated[datetime, BeforeValidator(_with_plus), AfterValidator(_aware)]
"""A moment of ISO 8601 with `Z` or an offset; without either it is in UTC."""
