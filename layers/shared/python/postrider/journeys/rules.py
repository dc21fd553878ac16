"""Pure rules of journeys: when a group is due, who still belongs to a workflow, and whom a condition fits."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from postrider.contacts.model import BLOCK_SIZE, Contact, Status
from postrider.events.model import Engagement
from postrider.journeys.model import Entry, Refusal, WaitingGroup
from postrider.kit.bitmaps import bitmap_of
from postrider.kit.clock import from_unix, unix
from postrider.workflows.model import Action, Condition, Trigger

MINUTE_S = 60
"""Groups are due at whole minutes, so that one run serves all contacts of a minute; shorter delays are kept exactly."""
GROUPS_TOGETHER = 99
"""Groups in a batch, which takes them with one transaction of DynamoDB."""
EVENTS_KEPT = 16
ENTERING = timedelta(days=1)
"""How long an entry counts as being made whose group is not stored: its message is repeated for less long."""
LONGEST_SLEEP = timedelta(hours=24)
"""An execution looks again after this time, however late the next group is due."""
TURNS = 1000
"""How often an execution sleeps: each turn makes nine events, and an execution has 25,000 at most.
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
LATE = timedelta(seconds=90)
"""A clock that is this late is dead: the sweeper does its work and starts it again."""
EVENTS_OF_ENTRIES_KEPT = timedelta(days=60)
"""How long the marks are kept that say which events have let contacts enter: longer than messages can be repeated."""
_DIGEST_CHARS = 16


def digest(*parts: object) -> str:
    """Return a short text that stands for these parts."""
    return hashlib.sha256("#".join(map(str, parts)).encode()).hexdigest()[:_DIGEST_CHARS]


def due_at(start: datetime, delay_s: int) -> datetime:
    """Return when a delay from this moment ends: at the next whole minute, or exactly if it is shorter than one.

    So contacts whose mails left in one minute stay together, also those of its first second.
    """
    seconds = unix(start) + delay_s
    if delay_s >= MINUTE_S:
        return from_unix((seconds // MINUTE_S + 1) * MINUTE_S)
    return from_unix(seconds + 1 if start.microsecond else seconds)


def root_of(actions: Iterable[Action]) -> Action | None:
    """Return the action without a parent."""
    return next((action for action in actions if action.parent_id is None), None)


def followers_of(actions: Iterable[Action], action_id: int, trigger: Trigger) -> list[Action]:
    """Return the actions that follow an action. A workflow for people who unsubscribe has its first mail only."""
    if trigger == Trigger.UNSUBSCRIBED:
        return []
    return [action for action in actions if action.parent_id == action_id]


def run_id_of(activation: int, name: str) -> str:
    """Return the id of a run of an action in an activation of its workflow."""
    return f"{activation}-{name}"


def activation_of(run_id: str) -> int:
    """Return the activation that a run belongs to."""
    return int(run_id.partition("-")[0])


def bits_of(contact_ids: Iterable[int]) -> bytes:
    """Return the bitmap of contacts of one block."""
    return bitmap_of((contact_id % BLOCK_SIZE for contact_id in contact_ids), BLOCK_SIZE)


def by_minute(moments: Mapping[int, datetime], delay_s: int) -> dict[datetime, list[int]]:
    """Group contacts by the moment at which their delay ends; `moments` says when it began for each of them.

    Those of a delay below a minute are not separated: together they are due when the last delay ends.
    """
    if not moments:
        return {}
    if delay_s < MINUTE_S:
        return {due_at(max(moments.values()), delay_s): sorted(moments)}
    groups: dict[datetime, list[int]] = {}
    for contact_id, moment in sorted(moments.items()):
        groups.setdefault(due_at(moment, delay_s), []).append(contact_id)
    return groups


def is_of(entry: Entry | None, number: int, activation: int) -> bool:
    """Return whether this is the current entry of the contact, in this activation of the workflow."""
    return entry is not None and not entry.removed and (entry.number, entry.activation) == (number, activation)


def refusal_of_contact(contact: Contact, trigger: Trigger, *, is_blocked: bool) -> str | None:
    """Return why a contact gets no mail of a workflow with this trigger now, and may not enter it, or None."""
    is_for_leavers = trigger == Trigger.UNSUBSCRIBED
    if contact.status != (Status.UNSUBSCRIBED if is_for_leavers else Status.ACTIVE):
        return contact.status.value
    if contact.suppressed or is_blocked:
        return Refusal.SUPPRESSED
    return Refusal.BOUNCED if is_for_leavers and contact.hard_bounced else None


def refusal_of(contact: Contact, entry: Entry, trigger: Trigger, *, is_blocked: bool) -> str | None:
    """Return why a contact with this entry gets no mail of the workflow, or None."""
    is_for_leavers = trigger == Trigger.UNSUBSCRIBED
    now, at_entry = (
        (contact.consent_number, entry.consent_number) if is_for_leavers else (contact.departures, entry.departures)
    )
    has_left = None if now == at_entry else Refusal.LEFT_WORKFLOW
    return refusal_of_contact(contact, trigger, is_blocked=is_blocked) or has_left


def next_entry(before: Entry | None, contact: Contact, *, activation: int, event: str, at: datetime) -> Entry:
    """Return the entry of a contact that follows `before`."""
    events = () if before is None else before.events
    return Entry(
        contact_id=contact.id,
        number=1 if before is None else before.number + 1,
        activation=activation,
        departures=contact.departures,
        consent_number=contact.consent_number,
        event=event,
        events=(*events, event)[-EVENTS_KEPT:],
        entered_at=at,
    )


def is_inside(
    entry: Entry, contact: Contact, trigger: Trigger, groups: Iterable[WaitingGroup], *, activation: int
) -> bool:
    """Return whether the contact waits somewhere in the workflow in this entry and has not left; reads no suppressions."""
    if not is_of(entry, entry.number, activation) or refusal_of(contact, entry, trigger, is_blocked=False):
        return False
    return any(holds(group, entry) for group in groups)


def holds(group: WaitingGroup, entry: Entry) -> bool:
    """Return whether the contact waits in this group in this entry."""
    is_same = (group.entry, group.activation) == (entry.number, entry.activation)
    return is_same and entry.contact_id in group.contact_ids


def fits(condition: Condition, engagement: Engagement | None) -> bool:
    """Return whether what a person did with the mail of the parent fulfils a condition. A click implies an open.

    Opens and clicks of machines are no part of this: they are counted apart.
    """
    has_clicked = engagement is not None and engagement.clicks > 0
    has_opened = has_clicked or (engagement is not None and engagement.opens > 0)
    return {
        Condition.NONE: True,
        Condition.OPENED: has_opened,
        Condition.NOT_OPENED: not has_opened,
        Condition.CLICKED: has_clicked,
        Condition.NOT_CLICKED: not has_clicked,
    }[condition]


def fitting(condition: Condition, contact_ids: Collection[int], engagements: Mapping[int, Engagement]) -> list[int]:
    """Return the contacts that a condition on the mail of the parent fits, in order."""
    return [contact_id for contact_id in sorted(contact_ids) if fits(condition, engagements.get(contact_id))]
