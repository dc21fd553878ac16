"""Findings of the checks of a campaign."""

from dataclasses import dataclass
from enum import StrEnum

from postrider.content.compiled import ContentWarning
from postrider.kit.errors import PostriderError


class Level(StrEnum):
    """The severity of a finding. BLOCK: the campaign cannot be scheduled. ASK: its owner decides."""

    BLOCK = "block"
    ASK = "ask"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A result of the checks. `field` names a field of the campaign; `count` is the number in the message."""

    code: str
    level: Level
    message: str
    field: tuple[str | int, ...] = ()
    count: int | None = None


def question(code: str, message: str, *field: str | int, count: int | None = None) -> Finding:
    """Return a finding that does not stop the campaign."""
    return Finding(code=code, level=Level.ASK, message=message, field=field, count=count)


def blocking(problem: PostriderError) -> Finding:
    """Return an error of scheduling as a finding."""
    return Finding(code=problem.code, level=Level.BLOCK, message=problem.message, field=problem.field)


def from_warning(warning: ContentWarning) -> Finding:
    """Return a warning of the compiler as a finding."""
    return question(warning.type, warning.message, "content")
