"""Define the rows with which many contacts are written, the options of a call, and its counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from postrider.contacts import rules
from postrider.contacts.model import Contact, DoubleOptIn, Status, Value, WithdrawnBy
from postrider.contacts.rules import MembershipChange
from postrider.kit.errors import Invalid
from postrider.kit.observability import logger

NOTHING_DELETED = MembershipChange()


@dataclass(frozen=True, kw_only=True)
class ContactRow:
    """A row to be written; `is_new` says that its identifiers were claimed for this row. `address` is "" for none.

    `departure` is that of an earlier contact with the address. `has_consents` marks the contact, so that the caller can add
    consent records afterwards. `is_claimed` says that the identifiers were claimed when the row was made.
    """

    email: str
    address: str
    contact_id: int
    subscribed_at: datetime
    is_new: bool
    attributes: Mapping[int, Value | None] = field(default_factory=dict)
    groups: frozenset[int] = frozenset()
    interests: frozenset[int] = frozenset()
    status: Status | None = None
    external_id: str | None = None
    departure: WithdrawnBy | None = None
    opted_in_at: datetime | None = None
    has_consents: bool = False
    is_claimed: bool = False


@dataclass(frozen=True, kw_only=True)
class WriteOptions:
    """Instructions for all rows of a call: the status (active, unsubscribed or deleted), and groups and interests to add.

    The status of a row replaces the status active; `unsubscribed_by` is the cause of an unsubscription by this status.
    `starts_workflows` lets new active contacts enter the workflows of the list.
    """

    target: Status = Status.ACTIVE
    double_opt_in: DoubleOptIn = DoubleOptIn.NEVER
    groups: frozenset[int] = frozenset()
    interests: frozenset[int] = frozenset()
    starts_workflows: bool = False
    unsubscribed_by: WithdrawnBy = WithdrawnBy.ACCOUNT

    def target_of(self, row: ContactRow) -> Status:
        return row.status or self.target if self.target == Status.ACTIVE else self.target

    def cause_of(self, row: ContactRow) -> WithdrawnBy:
        """Return the cause of the unsubscription of a row, if it is one."""
        is_own = self.target == Status.ACTIVE and row.status is not None
        return self.unsubscribed_by if is_own else WithdrawnBy.ACCOUNT


@dataclass(frozen=True, kw_only=True)
class WriteCounts:
    """Numbers of contacts; each contact is counted in one of them. `unfit` has the errors, by contact id, of rows that
    exceeded a limit: only the status of these contacts was changed. `duplicates` are contacts that an earlier part of the
    same import created."""

    created: int = 0
    updated: int = 0
    deleted: int = 0
    duplicates: int = 0
    unfit: Mapping[int, Invalid] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON values; contacts are deleted without a record of the counts."""
        return {
            "created": self.created,
            "updated": self.updated,
            "duplicates": self.duplicates,
            "unfit": {str(contact_id): [exc.code, exc.message] for contact_id, exc in self.unfit.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "WriteCounts":
        """Return the counts of `to_json`."""
        return cls(
            created=stored["created"],
            updated=stored["updated"],
            duplicates=stored["duplicates"],
            unfit={
                int(contact_id): Invalid(message, code=code) for contact_id, (code, message) in stored["unfit"].items()
            },
        )


def with_row_values(
    contact: Contact,
    row: ContactRow,
    options: WriteOptions,
    unfit: dict[int, Invalid],
    deleted: MembershipChange = NOTHING_DELETED,
) -> Contact:
    """Return the contact with the values of the row and the options, without the `deleted` groups and interests.

    A row alone is within the limits, which was checked before. If the contact exceeds a limit together with its old
    values, it keeps the old values and is added to `unfit`; only its status still changes.
    """
    change = replace(
        deleted,
        add_groups=options.groups | row.groups,
        add_interests=options.interests | row.interests,
    )
    try:
        fitting = rules.with_attributes(change.apply(contact), row.attributes)
    except Invalid as exc:
        logger.warning("row does not fit its contact", contact_id=contact.id, code=exc.code)
        unfit[contact.id] = exc
        return contact
    is_own = row.opted_in_at in (None, contact.subscribed_at)  # the moment that an export of this list has
    return replace(
        fitting,
        opted_in_at=fitting.opted_in_at if is_own else row.opted_in_at,
        has_consents=row.has_consents or fitting.has_consents,
    )
