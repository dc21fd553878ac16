"""Map the columns of a file to targets; pure. All problems of a header are reported together."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from postrider.attributes import rules
from postrider.attributes.model import AttributeType
from postrider.attributes.service import MAX_ATTRIBUTES
from postrider.kit.errors import Invalid

EMAIL, STATUS, TAGS, INTERESTS = "@email", "@status", "@tags", "@interests"
SUBSCRIBED_ON, OPTED_IN_ON = "@subscribed_on", "@opted_in_on"
CONSENT_TIME, CONSENT_TEXT, CONSENT_URL = "@consent_time", "@consent_text", "@consent_url"
CONSENT_IP, CONSENT_USER_AGENT = "@consent_ip", "@consent_user_agent"
CONSENTS = (CONSENT_TIME, CONSENT_TEXT, CONSENT_URL, CONSENT_IP, CONSENT_USER_AGENT)
"""A row with one of these has a consent record."""
TARGETS = {
    target.removeprefix("@"): target
    for target in (EMAIL, STATUS, TAGS, INTERESTS, SUBSCRIBED_ON, OPTED_IN_ON, *CONSENTS)
}
"""The targets of columns, apart from attributes, by the names of their columns."""
EMAIL_NAMES = (
    *("email", "emailaddress", "mail", "mailaddress", "emailadresse", "adresseemail", "courriel", "emailadres"),
    *("correoelectrónico", "correoelectronico", "indirizzoemail", "endereçodeemail", "enderecodeemail"),
)
"""Names of the column of addresses, the best first, in lower case and without hyphens, spaces and underscores."""
REFUSED_ROW, REFUSED_CODE, REFUSED_REASON = "refused_row", "refused_code", "refused_reason"
WRITTEN = frozenset(
    {
        "id",
        "last_bounce_type",
        "bounces_count",
        "suppressed",
        REFUSED_ROW,
        REFUSED_CODE,
        REFUSED_REASON,
    }
)
"""Columns of exports and of files of refused rows that an import skips, unless the list has an attribute of this name."""

_BETWEEN_WORDS = re.compile(r"[\s\-_.]+")


class OtherColumns(StrEnum):
    """The write_options of a column that matches no target and no attribute of the list."""

    REFUSE = "refuse"
    IGNORE = "ignore"
    CREATE = "create"


@dataclass(frozen=True, kw_only=True)
class ColumnOptions:
    """The options for columns. Names of columns are not case-sensitive.

    `columns` maps columns to attributes, or to None to skip them; other columns are mapped by their name. `types` has the types
    of attributes to create, by column; other new attributes are text, or with `guess_types` derived from their values.
    """

    columns: Mapping[str, str | None] = field(default_factory=dict)
    other_columns: OtherColumns = OtherColumns.REFUSE
    types: Mapping[str, AttributeType] = field(default_factory=dict)
    guess_types: bool = False


@dataclass(frozen=True, kw_only=True)
class ColumnPlan:
    """A mapping of columns. `targets` has the target of each column, or None; `new` are the attributes to create."""

    targets: list[str | None]
    new: dict[str, AttributeType]


def email_column(columns: Sequence[str]) -> int | None:
    """Return the index of the column whose name means email address, or None."""
    names = [_without_spaces(name) for name in columns]
    return next((names.index(name) for name in EMAIL_NAMES if name in names), None)


def email_columns(columns: Sequence[str]) -> list[int]:
    """Return the indexes of all columns whose names mean email address."""
    return [index for index, name in enumerate(columns) if _without_spaces(name) in EMAIL_NAMES]


def _without_spaces(name: str) -> str:
    """Return the name in the form of EMAIL_NAMES."""
    return _BETWEEN_WORDS.sub("", name.casefold())


def planned(
    columns: Sequence[str], options: ColumnOptions, known: Collection[str], rows: Iterable[Sequence[str]]
) -> ColumnPlan:
    """Return the mapping of the columns. `known` are the attributes of the list, `rows` some rows to guess types from.

    Raises Invalid with all problems of the header.
    """
    header = _Header(columns, options, known)
    targets = header.targets()
    new = header.new_types(targets, rows)
    if header.problems:
        first = header.problems[0]
        raise Invalid(first.message, code=first.code, field="columns", problems=header.problems)
    return ColumnPlan(targets=targets, new=new)


class _Header:
    """The columns of a file and their problems."""

    def __init__(self, columns: Sequence[str], options: ColumnOptions, known: Collection[str]) -> None:
        self._columns, self._options = columns, options
        self._folded = [name.casefold() for name in columns]
        self._known = {name.casefold(): name for name in known} | {name: name for name in known}
        self._mapped = {name.casefold(): target for name, target in options.columns.items()}
        self._types = {name.casefold(): kind for name, kind in options.types.items()}
        self.problems: list[Invalid] = []

    def targets(self) -> list[str | None]:
        for name in [*self._options.columns, *self._options.types]:
            if name.casefold() not in self._folded:
                self._report("csv_column_unknown", f"Unknown column {name!r}: the header of the file does not have it.")
        targets = [self._target(index) for index in range(len(self._columns))]
        if EMAIL not in targets:
            unmapped = ["" if name in self._mapped else name for name in self._folded]
            index = email_column(unmapped)
            if index is None:
                reason = "The file has no column `email`: name the column of addresses in `columns`."
                self._report("csv_without_email", reason)
            else:
                targets[index] = EMAIL
        self._check_unknown(targets)
        self._check_repeated(targets)
        return targets

    def new_types(self, targets: Sequence[str | None], rows: Iterable[Sequence[str]]) -> dict[str, AttributeType]:
        """Return the attributes to create, with their types."""
        places = {target: index for index, target in enumerate(targets) if target and self._is_new(target)}
        self._check_quota(len(places))
        guessed = _guessed(places, rows) if self._options.guess_types else {}
        return {
            name: self._types.get(self._folded[index]) or guessed.get(name, AttributeType.TEXT)
            for name, index in places.items()
        }

    def _target(self, index: int) -> str | None:
        name = self._folded[index]
        if name in self._mapped:
            wanted = self._mapped[name]
            return None if wanted is None else self._named(wanted)
        if not name or self._columns[index] in self._known or name in self._known:
            return self._known.get(self._columns[index]) or self._known.get(name)
        if name in TARGETS:
            return TARGETS[name]
        return None if name in WRITTEN or self._options.other_columns == OtherColumns.IGNORE else self._columns[index]

    def _named(self, wanted: str) -> str:
        known = self._known.get(wanted) or self._known.get(wanted.casefold())
        return known or TARGETS.get(wanted.casefold()) or wanted

    def _is_new(self, target: str) -> bool:
        return not target.startswith("@") and target not in self._known

    def _check_unknown(self, targets: Sequence[str | None]) -> None:
        for target in dict.fromkeys(target for target in targets if target and self._is_new(target)):
            if self._options.other_columns != OtherColumns.CREATE:
                reason = f"Unknown attribute {target!r}: map the column in `columns`, or set `other_columns`."
                self._report("attribute_unknown", reason)
                continue
            try:
                rules.check_name(target)
            except Invalid as exc:
                self._report(exc.code, exc.message)

    def _check_repeated(self, targets: Sequence[str | None]) -> None:
        places: dict[str, list[int]] = defaultdict(list)
        for index, target in enumerate(targets):
            if target:
                places[target].append(index)
        for target, indexes in places.items():
            if len(indexes) > 1:
                names = ", ".join(repr(self._columns[index]) for index in indexes)
                reason = f"Several columns fill {target.removeprefix('@')!r}: {names}. Map all but one of them to null."
                self._report("csv_column_repeated", reason)

    def _check_quota(self, count: int) -> None:
        if count and len(set(self._known.values())) + count > MAX_ATTRIBUTES:
            reason = f"Too many attributes: a list has at most {MAX_ATTRIBUTES}, and the file needs {count} new ones."
            self._report("too_many_attributes", reason)

    def _report(self, code: str, reason: str) -> None:
        self.problems.append(Invalid(reason, code=code, field="columns"))


def _guessed(places: Mapping[str, int], rows: Iterable[Sequence[str]]) -> dict[str, AttributeType]:
    """Return the narrowest type of each column that fits all of its values."""
    values: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for name, index in places.items():
            if index < len(row) and row[index].strip():
                values[name].append(row[index])
    return {name: _type_of(texts) for name, texts in values.items()}


def _type_of(texts: Sequence[str]) -> AttributeType:
    for kind in (AttributeType.INTEGER, AttributeType.DATETIME, AttributeType.TEXT):
        if all(_fits(kind, text) for text in texts):
            return kind
    return AttributeType.MEDIUMTEXT


def _fits(kind: AttributeType, text: str) -> bool:
    """Return whether a text is a value of the type; a number with a leading zero, such as a postcode, is text."""
    digits = text.strip().lstrip("+-")
    if kind == AttributeType.INTEGER and (text.strip().startswith("+") or (digits.startswith("0") and digits != "0")):
        return False
    try:
        rules.value_of(kind, text)
    except ValueError:
        return False
    return True
