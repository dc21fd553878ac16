"""Pure rules of journeys: due moments of groups, membership in a workflow, and conditions."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from postrider.contacts.model import BLOCK_SIZE, Contact, Status
from postrider.journeys.model import Entry, SkipReason, WaitingGroup
from postrider.kit.bitmaps import bitmap_of
from postrider.kit.clock import from_unix, unix
from postrider.mail_events.model import Engagement
from postrider.workflows.model import Action, ActionCondition, Trigger

MINUTE_S = 60
"""The unit of due moments, so that one run has all contacts of a minute; shorter delays are exact."""
GROUPS_TOGETHER = 99
"""Maximum number of groups in a batch, which are taken with one transaction of DynamoDB."""
EVENTS_KEPT = 16
ENTERING = timedelta(days=1)
"""Time for which an entry without a stored group is considered incomplete: longer than its message is repeated."""
LONGEST_SLEEP = timedelta(hours=24)
"""The longest sleep of an execution, after which it reads the groups again."""
TURNS = 1000
"""Maximum number of sleeps of an execution: each turn creates nine events, of at most 25,000 in an execution.
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""
LATE = timedelta(seconds=90)
"""Delay after which a clock is considered failed: the sweeper does its work and starts it again."""
DUE_AT = "due_at"
"""Member of the audience of a run: the due moment of its mails, in Unix seconds."""
EVENTS_OF_ENTRIES_KEPT = timedelta(days=60)
"""Retention of the marks of events by which contacts entered: longer than messages can be repeated."""
_DIGEST_CHARS = 16


def digest(*parts: object) -> str:
    """Return a short digest of these parts."""
    return hashlib.sha256("#".join(map(str, parts)).encode()).hexdigest()[:_DIGEST_CHARS]


def due_at(start: datetime, delay_s: int) -> datetime:
    """Return the moment when a delay ends: at the next whole minute, or exactly if it is shorter than a minute.

    So contacts whose mails were sent in one minute stay in one group.
    """
    seconds = unix(start) + delay_s
    if delay_s >= MINUTE_S:
        return from_unix((seconds // MINUTE_S + 1) * MINUTE_S)
    return from_unix(seconds + 1 if start.microsecond else seconds)


def root_of(actions: Iterable[Action]) -> Action | None:
    """Return the action without a parent."""
    return next((action for action in actions if action.parent_id is None), None)


def followers_of(actions: Iterable[Action], action_id: int, trigger: Trigger) -> list[Action]:
    """Return the actions that follow an action. A workflow with the trigger UNSUBSCRIBED sends its first mail only."""
    if trigger == Trigger.UNSUBSCRIBED:
        return []
    return [action for action in actions if action.parent_id == action_id]


def is_unknown(audience: Mapping[str, Any], unknown_until: datetime | None) -> bool:
    """Return whether the original of restored tables may have sent the mails of a run.

    `unknown_until` is the moment of the epoch. Audiences of campaigns have no due moment.
    """
    due = audience.get(DUE_AT)
    return unknown_until is not None and due is not None and from_unix(due) <= unknown_until


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
    """Group contacts by the moment at which their delay ends; `moments` has its begin by contact id.

    With a delay below a minute they form one group, which is due when the last delay ends.
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
    """Return whether an entry has this number and belongs to this activation of the workflow."""
    return entry is not None and not entry.removed and (entry.number, entry.activation) == (number, activation)


def refusal_of_contact(contact: Contact, trigger: Trigger, *, is_blocked: bool) -> str | None:
    """Return why a contact gets no mail of a workflow with this trigger, and may not enter it, or None if it may."""
    is_for_leavers = trigger == Trigger.UNSUBSCRIBED
    if contact.status != (Status.UNSUBSCRIBED if is_for_leavers else Status.ACTIVE):
        return contact.status.value
    if contact.suppressed or is_blocked:
        return SkipReason.SUPPRESSED
    return SkipReason.BOUNCED if is_for_leavers and contact.hard_bounced else None


def refusal_of(contact: Contact, entry: Entry, trigger: Trigger, *, is_blocked: bool) -> str | None:
    """Return why a contact with this entry gets no mail of the workflow, or None if it gets it."""
    is_for_leavers = trigger == Trigger.UNSUBSCRIBED
    now, at_entry = (
        (contact.consent_number, entry.consent_number) if is_for_leavers else (contact.departures, entry.departures)
    )
    has_left = None if now == at_entry else SkipReason.LEFT_WORKFLOW
    return refusal_of_contact(contact, trigger, is_blocked=is_blocked) or has_left


def next_entry(before: Entry | None, contact: Contact, *, activation: int, event: str, at: datetime) -> Entry:
    """Return the next entry of a contact after `before`."""
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
    """Return whether the contact waits in the workflow with this entry and has not left; suppressions are not read."""
    if not is_of(entry, entry.number, activation) or refusal_of(contact, entry, trigger, is_blocked=False):
        return False
    return any(holds(group, entry) for group in groups)


def holds(group: WaitingGroup, entry: Entry) -> bool:
    """Return whether the contact waits in this group with this entry."""
    is_same = (group.entry, group.activation) == (entry.number, entry.activation)
    return is_same and entry.contact_id in group.contact_ids


def fits(condition: ActionCondition, engagement: Engagement | None) -> bool:
    """Return whether the engagement with the mail of the parent fulfils a condition. A click implies an open.

    Opens and clicks of machines do not count.
    """
    has_clicked = engagement is not None and engagement.clicks > 0
    has_opened = has_clicked or (engagement is not None and engagement.opens > 0)
    return {
        ActionCondition.NONE: True,
        ActionCondition.OPENED: has_opened,
        ActionCondition.NOT_OPENED: not has_opened,
        ActionCondition.CLICKED: has_clicked,
        ActionCondition.NOT_CLICKED: not has_clicked,
    }[condition]


def fitting(
    condition: ActionCondition, contact_ids: Collection[int], engagements: Mapping[int, Engagement]
) -> list[int]:
    """Return the contacts that fulfil a condition on the mail of the parent, in order."""
    return [contact_id for contact_id in sorted(contact_ids) if fits(condition, engagements.get(contact_id))]
