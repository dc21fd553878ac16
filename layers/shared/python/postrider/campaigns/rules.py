"""The states of a campaign (main-api.md, section 9), the acts that they allow, and the missing settings of a draft."""

from dataclasses import dataclass

from postrider.campaigns.model import Campaign

INCOMPLETE, SCHEDULED, DELIVERING, DELIVERED, ARCHIVED = (
    "incomplete",
    "scheduled",
    "delivering",
    "delivered",
    "archived",
)
UNFINISHED = frozenset({SCHEDULED, DELIVERING})

SORTS = ("id", "type", "name", "created_on", "updated_on", "scheduled_for", "scheduled_on")
"""`type` sorts as `id` does: all campaigns are of one type."""


@dataclass(frozen=True, eq=False)
class Act:
    """An act on a campaign, and the states that allow it; `suspended` is None for an act that does not depend on it.

    Acts are compared by identity, because two steps of one act have the same name.
    """

    name: str
    allowed_in: tuple[str, ...]
    suspended: bool | None = None


CHANGE = Act("changed", (INCOMPLETE,))
DELETE = Act("deleted", (INCOMPLETE,))
SCHEDULE = Act("scheduled", (INCOMPLETE,))
RESCHEDULE = Act("rescheduled", (SCHEDULED,))
UNSCHEDULE = Act("unscheduled", (SCHEDULED,))
START = Act("started", (SCHEDULED,), suspended=False)
FINISH = Act("finished", (DELIVERING,))
SUSPEND = Act("suspended", (SCHEDULED, DELIVERING), suspended=False)
RESUME = Act("resumed", (SCHEDULED, DELIVERING), suspended=True)
STOP = Act("cancelled", (SCHEDULED, DELIVERING))
"""The first step of a cancellation, which ends the sending; it has no event."""
CANCEL = Act("cancelled", (SCHEDULED, DELIVERING))
ARCHIVE = Act("archived", (INCOMPLETE, DELIVERED))
UNARCHIVE = Act("unarchived", (ARCHIVED,))
START_CHILD = Act("sent again", (INCOMPLETE,))
SEND_CHILD = Act("sent", (INCOMPLETE,))
REFUSE_CHILD = Act("refused", (INCOMPLETE,))

ACTS_OF_CHILDREN = frozenset({SEND_CHILD, REFUSE_CHILD, START, FINISH, SUSPEND, RESUME, RESCHEDULE, STOP, CANCEL})
ACTS_OF_PARENTS = frozenset({START_CHILD, CHANGE, DELETE, ARCHIVE, UNARCHIVE})
ONLY_OF_FAMILIES = frozenset({SEND_CHILD, REFUSE_CHILD, START_CHILD})


def allows(act: Act, campaign: Campaign) -> bool:
    return (
        campaign.status in act.allowed_in
        and act.suspended in (None, campaign.suspended)
        and refusal(act, campaign) is None
    )


def refusal(act: Act, campaign: Campaign) -> str | None:
    """Return why this kind of campaign (triggered, child, other) never allows the act, or None if it may."""
    if campaign.is_child:
        reason = "A campaign that is a sending of another one cannot be {act}."
        return None if act in ACTS_OF_CHILDREN and campaign.refusal is None else reason.format(act=act.name)
    if campaign.triggered:
        reason = "A triggered campaign cannot be {act}: each trigger sends it, and makes a campaign of its own."
        return None if act in ACTS_OF_PARENTS else reason.format(act=act.name)
    if act in ONLY_OF_FAMILIES:
        return "Only a campaign that was created with `triggered` can be triggered."
    return None


def next_building_step(campaign: Campaign) -> str | None:
    """Return the first missing setting of a draft that is needed to schedule it, or None. html may be empty on purpose."""
    if campaign.list_id is None:
        return "audience"
    if campaign.sender_id is None:
        return "sender"
    if not campaign.subject:
        return "subject"
    if not (campaign.has_html or campaign.has_text):
        return "content"
    return None
