"""Define the audiences of a triggered campaign: its own, a segment, a filter, named people, or a file of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from postrider.contacts.identifiers import Identifier, IdentifierKind
from postrider.filters import Tree

MAX_NAMED = 10_000
"""Maximum number of people that a call names."""
Data = Mapping[str, Any]
"""The value of the variable `trigger` in a mail, as JSON."""


@dataclass(frozen=True, kw_only=True)
class NamedPerson:
    """A person and the data of the mail to this person; `line` is the position in the request or the file, from 1."""

    line: int
    identifier: Identifier
    data: Data = field(default_factory=dict)


@dataclass(frozen=True)
class ParentAudience:
    """The list, or the segment, of the parent."""


@dataclass(frozen=True, kw_only=True)
class SegmentAudience:
    """A segment of the list of the parent."""

    segment_id: int


@dataclass(frozen=True, kw_only=True)
class FilteredAudience:
    """The contacts of the list of the parent that match a bound tree, when the sending starts."""

    tree: Tree


@dataclass(frozen=True, kw_only=True)
class NamedAudience:
    """People of the list of the parent. If a person is unknown, nobody is mailed, unless such identifiers `may_be_unknown`.

    `problems` are the errors of invalid lines of the request, by line number.
    """

    people: Sequence[NamedPerson]
    problems: Mapping[int, str] = field(default_factory=dict)
    may_be_unknown: frozenset[IdentifierKind] = frozenset()


@dataclass(frozen=True, kw_only=True)
class FileAudience:
    """People in a file on the web (see `people_file`), which a task fetches."""

    url: str
    may_be_unknown: frozenset[IdentifierKind] = frozenset()


Audience = ParentAudience | SegmentAudience | FilteredAudience | NamedAudience | FileAudience
"""The audience of a child."""
