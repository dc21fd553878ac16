"""Entries of contacts into workflows, and groups of contacts that wait for an action."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from postrider.contacts.model import BLOCK_SIZE
from postrider.kit.bitmaps import numbers_in


class SkipReason(StrEnum):
    """Reasons why a contact does not get a mail that it waited for, beside its own status."""

    LEFT_WORKFLOW = "left_workflow"
    SUPPRESSED = "suppressed"
    BOUNCED = "bounced"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The latest entry of a contact into a workflow; `number` counts its entries, and is part of the key of each mail.

    `event` is the digest of the event by which the contact entered; `events` has the digests of the last entries, so that
    each event counts once. `departures` and `consent_number` are copied from the contact at the entry: if they differ later,
    the contact has left. `removed` is true after the account removed the contact from the workflow.
    """

    contact_id: int
    number: int
    activation: int
    departures: int
    consent_number: int
    event: str
    events: tuple[str, ...]
    entered_at: datetime
    removed: bool = False


@dataclass(frozen=True, kw_only=True)
class WaitingGroup:
    """Contacts of one block, all with the same entry number, that wait for one action until `due_at`.

    `bitmap` has a bit for each of them. `id` is derived from the cause of the group, so that creating it again changes
    nothing. `since` is the begin of the wait. Groups of an earlier activation of the workflow are void.
    """

    account_id: str
    workflow_id: int
    action_id: int
    block: int
    id: str
    entry: int
    activation: int
    since: datetime
    due_at: datetime
    bitmap: bytes

    @property
    def contact_ids(self) -> list[int]:
        first = self.block * BLOCK_SIZE
        return [first + place for place in numbers_in(self.bitmap)]


@dataclass(frozen=True, kw_only=True)
class DueBatch:
    """Due groups that are taken together as the recipients of one run of delivery.

    `due_at` is the earliest of their moments. `groups` has the ids of the groups by block.
    """

    account_id: str
    workflow_id: int
    action_id: int
    run_id: str
    entry: int
    activation: int
    due_at: datetime
    groups: Mapping[int, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class ActionClock:
    """The clock of an action: an execution of the state machine sleeps until `wakes_at`; None if no contact waits.

    `generation` counts the executions, and is part of their names: a replaced execution does nothing.
    """

    account_id: str
    action_id: int
    generation: int
    wakes_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class WaitingContact:
    """A contact that waits for an action."""

    contact_id: int
    email: str
    action_id: int
    entry: int
    entered_at: datetime
    since: datetime
    due_at: datetime
