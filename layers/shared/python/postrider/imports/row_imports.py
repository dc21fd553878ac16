"""Import a few rows in one call, which returns for each row whether it is valid."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from postrider.attributes import rules
from postrider.attributes.model import AttributeFormat, Definition
from postrider.attributes.service import AttributeService
from postrider.contacts.address import Address, parse
from postrider.contacts.bulk_writer import ContactBulkWriter
from postrider.contacts.model import Value
from postrider.imports.model import InvalidRow
from postrider.imports.service import ImportService, ValidRow
from postrider.kit.errors import Invalid
from postrider.lists.service import ListService
from postrider.suppressions.rules import ErasedAddress

NO_GROUPS: frozenset[int] = frozenset()


class RowMode(StrEnum):
    """The contacts that rows may write: new contacts only, or existing contacts too."""

    NEW_ONLY = "new_only"
    BOTH = "both"


@dataclass(frozen=True, kw_only=True)
class SentRow:
    """A row of the program in JSON: any value may be invalid, and blank values are ignored."""

    email: object
    values: Mapping[str, object]

    @property
    def address(self) -> str:
        """Return the text of the address, "" if it is missing."""
        return self.email if isinstance(self.email, str) else ""


@dataclass(frozen=True, kw_only=True)
class CheckedRow:
    """A valid row with values by name, since the list may not have the attributes yet."""

    number: int
    address: Address
    attributes: Mapping[str, Value | None]

    def on_list(self, ids: Mapping[str, int]) -> ValidRow:
        """Return the row with values by these attribute ids; values without an attribute are ignored."""
        attributes = {ids[name]: value for name, value in self.attributes.items() if name in ids}
        return ValidRow(number=self.number, address=self.address, attributes=attributes)


class RowImportService:
    """A service for rows of dialects with attributes per account: a list gets an attribute of another list at its first use."""

    def __init__(
        self, imports: ImportService, bulk_writer: ContactBulkWriter, lists: ListService, attributes: AttributeService
    ) -> None:
        self._imports, self._bulk_writer, self._lists, self._attributes = imports, bulk_writer, lists, attributes

    def start(
        self,
        account_id: str,
        list_id: int,
        rows: Sequence[SentRow],
        *,
        mode: RowMode,
        groups: frozenset[int] = NO_GROUPS,
    ) -> list[InvalidRow]:
        """Import the valid rows and return the refused ones; the queue writes the contacts within seconds.

        A row is refused for an invalid address or attribute, the address of an earlier valid row or of an erased person, or
        an existing address (NEW_ONLY). New contacts are subscribed, need all required attributes, and get the defaults;
        existing contacts keep their status and other values. Raises NotFound for the list, Invalid past the quota of
        attributes.
        """
        self._lists.get(account_id, list_id)
        definitions = self._definitions(account_id, list_id)
        known: Collection[str] = ()
        if mode == RowMode.NEW_ONLY or any(
            definition.required or definition.default for definition in definitions.values()
        ):
            known = self._bulk_writer.known(account_id, list_id, _canonical_addresses(rows))
        valid, refused = checked(rows, definitions, known)
        erased = self._bulk_writer.erased(account_id, {row.address.canonical for row in valid})
        refused += [
            InvalidRow(
                number=row.number,
                email=row.address.original,
                code=ErasedAddress.default_code,
                reason=ErasedAddress().message,
                field="email",
            )
            for row in valid
            if row.address.canonical in erased
        ]
        valid = [row for row in valid if row.address.canonical not in erased]
        if mode == RowMode.NEW_ONLY:
            refused += [
                InvalidRow(
                    number=row.number,
                    email=row.address.original,
                    code="contact_exists",
                    reason="The list already has a contact with this address.",
                )
                for row in valid
                if row.address.canonical in known
            ]
            valid = [row for row in valid if row.address.canonical not in known]
        if valid:
            used = sorted({name for row in valid for name in row.attributes})
            self._attributes.ensure(account_id, list_id, {name: definitions[name] for name in used})
            ids = self._attributes.schema(account_id, list_id).ids
            self._imports.enqueue(account_id, list_id, [row.on_list(ids) for row in valid], groups=groups)
        return sorted(refused, key=lambda row: row.number)

    def _definitions(self, account_id: str, list_id: int) -> dict[str, Definition]:
        """Return the definitions of the account's attributes by name, with the standard attributes.

        The list's own definition of a name overrides definitions of other lists.
        """
        attributes = self._attributes.of_account(account_id)
        own = self._attributes.all(account_id, list_id)
        return rules.WELL_KNOWN | {attribute.name: attribute for attribute in (*attributes, *own)}


def checked(
    rows: Sequence[SentRow], definitions: Mapping[str, Definition], known: Collection[str]
) -> tuple[list[CheckedRow], list[InvalidRow]]:
    """Return the valid and the refused rows, both in order; pure. `known` are the addresses of the list."""
    valid: list[CheckedRow] = []
    refused: list[InvalidRow] = []
    seen: set[str] = set()
    for number, row in enumerate(rows):
        try:
            address = parse(row.address)
            if address.canonical in seen:
                raise Invalid("An earlier row has this address.", code="duplicate", field="email")
            values = {
                name: _value(name, value, definitions) for name, value in row.values.items() if not _is_blank(value)
            }
            if address.canonical not in known:
                values |= _defaults(values, definitions)
            rules.check_together(dict(enumerate(values.values())), field=())
        except Invalid as exc:
            field = str(exc.field[0]) if exc.field else None
            definition = definitions.get(field or "")
            refused.append(
                InvalidRow(
                    number=number,
                    email=row.address,
                    code=exc.code,
                    reason=exc.message,
                    field=field,
                    expected=definition.format if definition else None,
                )
            )
        else:
            seen.add(address.canonical)
            valid.append(CheckedRow(number=number, address=address, attributes=values))
    return valid, refused


def _canonical_addresses(rows: Sequence[SentRow]) -> list[str]:
    """Return the valid addresses of the rows."""
    addresses: dict[str, None] = {}
    for row in rows:
        with suppress(Invalid):
            addresses[parse(row.address).canonical] = None
    return list(addresses)


def _defaults(values: Mapping[str, Value | None], definitions: Mapping[str, Definition]) -> dict[str, Value | None]:
    """Return the defaults for missing values of a new contact. Raises Invalid for a required value without a default."""
    missing = {name: definition for name, definition in definitions.items() if values.get(name) is None}
    for name, definition in missing.items():
        if definition.required and not definition.default:
            raise Invalid(f"The required attribute {name!r} has no value.", code="attribute_missing", field=name)
    return {
        name: rules.formatted_value_of(definition, definition.default)
        for name, definition in missing.items()
        if definition.default
    }


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _value(name: str, value: object, definitions: Mapping[str, Definition]) -> Value | None:
    if name not in definitions:
        raise Invalid(f"The account has no attribute {name!r}.", code="attribute_unknown", field=name)
    try:
        return rules.formatted_value_of(definitions[name], _text(value, definitions[name].format))
    except ValueError as exc:
        raise Invalid(f"The value of {name!r} {exc}.", code="attribute_value_invalid", field=name) from exc


def _text(value: object, format_: AttributeFormat) -> str:
    """Return a JSON value as text. Raises ValueError for a value that is not a text or a number."""
    match value:
        case bool() if format_ == AttributeFormat.BOOLEAN:
            return "true" if value else "false"
        case bool():
            raise ValueError("is not a text or a number")
        case float():
            return str(int(value)) if value.is_integer() else f"{Decimal(str(value)):f}"
        case str() | int():
            return str(value)
        case _:
            raise ValueError("is not a text or a number")
