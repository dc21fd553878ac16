"""Import of up to 1,000 contacts by one call: ids at once, the contacts by the queue."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import orjson

from postrider.attributes.service import AttributeService, Schema
from postrider.contacts.address import Address, parse
from postrider.contacts.bulk_writer import ContactBulkWriter, Draft, Treatment, Written
from postrider.contacts.model import DoubleOptIn, Status, Value
from postrider.imports.messages import IMPORT_CONTACTS, ImportContacts
from postrider.imports.model import GivenRow, RefusedRow, StartedImport
from postrider.kit.clock import from_unix, unix
from postrider.kit.errors import Invalid, NotFound
from postrider.ports.object_store import ObjectMissing, ObjectStore
from postrider.ports.queue import Queue

NO_GROUPS: Mapping[str, int] = {}
MAX_ROWS = 1000
"""Reference, section 7. Also below the 1,024 ids that one allocation can give."""


class Lists(Protocol):
    def get(self, account_id: str, list_id: int) -> object: ...


@dataclass(frozen=True, kw_only=True)
class TakenRow:
    number: int
    address: Address
    attributes: dict[int, Value | None]
    tags: frozenset[str] = frozenset()


def read_rows(rows: Sequence[GivenRow], schema: Schema) -> tuple[list[TakenRow], list[RefusedRow]]:
    """The good rows and the bad ones, both in order; pure."""
    taken, refused = [], []
    for number, row in enumerate(rows):
        try:
            address = parse(row.email)
            values = schema.values_of(row.attributes)
        except Invalid as exc:
            refused.append(RefusedRow(number=number, email=row.email, code=exc.code, reason=exc.message))
        else:
            taken.append(TakenRow(number=number, address=address, attributes=values))
    return taken, refused


def merged(rows: Sequence[TakenRow]) -> dict[str, TakenRow]:
    """One row per canonical address: the later one's values come on top, as if each had been added by itself."""
    found: dict[str, TakenRow] = {}
    for row in rows:
        before = found.get(row.address.canonical)
        found[row.address.canonical] = (
            row
            if before is None
            else replace(before, attributes={**before.attributes, **row.attributes}, tags=before.tags | row.tags)
        )
    return found


class ImportService:
    def __init__(
        self,
        batches: ContactBulkWriter,
        lists: Lists,
        attributes: AttributeService,
        objects: ObjectStore,
        queue: Queue,
    ) -> None:
        self._batches, self._lists, self._attributes = batches, lists, attributes
        self._objects, self._queue = objects, queue

    def start(
        self,
        account_id: str,
        list_id: int,
        rows: Sequence[GivenRow],
        *,
        target: Status = Status.ACTIVE,
        double_opt_in: DoubleOptIn = DoubleOptIn.NEVER,
    ) -> StartedImport:
        """Take the good rows and report the bad ones; the contacts appear within moments.

        With `target` deleted, addresses that the list lacks have no id. Raises NotFound for the list, Invalid for too
        many rows or when no row is good.
        """
        self._lists.get(account_id, list_id)
        if len(rows) > MAX_ROWS:
            raise Invalid(
                f"At most {MAX_ROWS} contacts in one call.",
                code="too_many_contacts",
                details={"max_contacts": MAX_ROWS},
                loc=("body", "contacts"),
            )
        taken, refused = read_rows(rows, self._attributes.schema(account_id, list_id))
        if not taken:
            raise Invalid(refused[0].reason, code=refused[0].code, loc=("body", "contacts", refused[0].number))
        drafts = claimed(self._batches, account_id, list_id, merged(taken), target)
        import_id = str(uuid.uuid4())
        body = {
            "target": target.value,
            "double_opt_in": double_opt_in.value,
            "rows": [_stored(draft) for draft in drafts.values()],
        }
        # Written first, then enqueued: the worker finds all that it needs.
        self._objects.put(_key(account_id, import_id), orjson.dumps(body), content_type="application/json")
        message = ImportContacts(account_id=account_id, list_id=list_id, import_id=import_id)
        self._queue.send(IMPORT_CONTACTS, [message], group=account_id)
        ids = [drafts[row.address.canonical].contact_id for row in taken if row.address.canonical in drafts]
        return StartedImport(import_id=import_id, contact_ids=ids, refused=refused)

    def run(self, account_id: str, list_id: int, import_id: str) -> Written:
        """Write the rows of an import, then drop them; only drops them when the list is gone."""
        try:
            body = orjson.loads(self._objects.get(_key(account_id, import_id)))
            self._lists.get(account_id, list_id)
        except ObjectMissing:
            return Written()
        except NotFound:
            self._objects.delete(_key(account_id, import_id))
            return Written()
        drafts = [_draft(row) for row in body["rows"]]
        treatment = Treatment(target=Status(body["target"]), double_opt_in=DoubleOptIn(body["double_opt_in"]))
        written = self._batches.write(account_id, list_id, drafts, treatment, once=import_id)
        self._objects.delete(_key(account_id, import_id))
        return written


def claimed(
    batches: ContactBulkWriter,
    account_id: str,
    list_id: int,
    rows: Mapping[str, TakenRow],
    target: Status,
    groups: Mapping[str, int] = NO_GROUPS,
) -> dict[str, Draft]:
    """Return a draft per canonical address; to be deleted, only addresses that the list has.

    `groups`: ids of the tags in the rows.
    """
    if target == Status.DELETED:
        claims = {address: (claim, False) for address, claim in batches.known(account_id, list_id, rows.keys()).items()}
    else:
        claims = batches.reserve(account_id, list_id, list(rows))
    return {
        address: Draft(
            email=row.address.given,
            address=address,
            contact_id=claims[address][0].contact_id,
            subscribed_at=claims[address][0].subscribed_at,
            new=claims[address][1],
            attributes=row.attributes,
            groups=frozenset(groups[tag] for tag in row.tags),
        )
        for address, row in rows.items()
        if address in claims
    }


def _key(account_id: str, import_id: str) -> str:
    return f"imports/{account_id}/{import_id}/rows.json"


def _stored(draft: Draft) -> dict[str, Any]:
    return {
        "email": draft.email,
        "address": draft.address,
        "id": draft.contact_id,
        "at": unix(draft.subscribed_at),
        "new": draft.new,
        "attributes": {str(attribute_id): value for attribute_id, value in draft.attributes.items()},
    }


def _draft(row: dict[str, Any]) -> Draft:
    return Draft(
        email=row["email"],
        address=row["address"],
        contact_id=row["id"],
        subscribed_at=from_unix(row["at"]),
        new=row["new"],
        attributes={int(attribute_id): value for attribute_id, value in row["attributes"].items()},
    )
