"""The states of a campaign (main-api.md, section 9): which act each one allows, and what a draft lacks."""

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


@dataclass(frozen=True)
class Act:
    """An act on a campaign, and the states that allow it; `suspended` is None when it makes no difference."""

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
CANCEL = Act("cancelled", (SCHEDULED, DELIVERING))
ARCHIVE = Act("archived", (INCOMPLETE, DELIVERED))
UNARCHIVE = Act("unarchived", (ARCHIVED,))


def allows(act: Act, campaign: Campaign) -> bool:
    return campaign.status in act.allowed_in and act.suspended in (None, campaign.suspended)


def next_building_step(campaign: Campaign) -> str | None:
    """Return the first setting that a draft lacks before it can be scheduled, or None. An empty html may be meant."""
    if campaign.list_id is None:
        return "audience"
    if campaign.sender_id is None:
        return "sender"
    if not campaign.subject:
        return "subject"
    if not (campaign.has_html or campaign.has_text):
        return "content"
    return None
