"""Render audiences of the Docs API."""

from typing import Any, Final

from functions.compat.docs.links import Links
from postrider.contacts.counters import ListCounts
from postrider.contacts.model import Status
from postrider.kit.clock import from_unix
from postrider.kit.wire_ids import hex10
from postrider.lists.model import ContactList
from postrider.mail_events.model import EventType
from postrider.reports.periods import SeriesStep
from postrider.usecases.list_figures import ListFigures

DEFAULTS: Final = {
    "permission_reminder": "",
    "use_archive_bar": False,
    "notify_on_subscribe": "",
    "notify_on_unsubscribe": "",
    "email_type_option": False,
    "double_optin": False,
    "marketing_permissions": False,
}
"""Values of audiences that other APIs have created."""
HIDDEN: Final = frozenset({Status.ARCHIVED, Status.UNADDRESSED, Status.DELETED})
"""Statuses of contacts that are no members."""


def rendered_list(
    contact_list: ContactList,
    figures: ListFigures,
    here: Links,
    *,
    with_total: bool = False,
    merge_fields: int | None = None,
) -> dict[str, Any]:
    """Return an audience. `merge_fields` is the number of its fields, which pages of audiences do not have."""
    return (
        DEFAULTS
        | contact_list.settings
        | {
            "id": contact_list.id,
            "web_id": contact_list.id,
            "name": contact_list.name,
            "date_created": contact_list.created_at,
            "visibility": "prv",
            "has_welcome": False,
            "modules": [],
            "stats": _stats(figures, with_total=with_total) | {"merge_field_count": merge_fields},
            "_links": _links(contact_list.id, here),
        }
    )


def _stats(figures: ListFigures, *, with_total: bool) -> dict[str, Any]:
    counts = figures.contacts
    return {
        "member_count": counts.by_status[Status.ACTIVE] - counts.suppressed,
        "unsubscribe_count": _sum(counts, Status.UNSUBSCRIBED, Status.FLAGGED) + counts.suppressed,
        "cleaned_count": counts.by_status[Status.INVALID],
        "total_contacts": _sum(counts, *(set(Status) - HIDDEN)) if with_total else None,
        "open_rate": 100 * figures.mail.open_rate,
        "click_rate": 100 * figures.mail.click_rate,
    }


def _sum(counts: ListCounts, *statuses: Status) -> int:
    return sum(counts.by_status[status] for status in statuses)


def _links(list_id: int, here: Links) -> list[dict[str, Any]]:
    path = f"/lists/{hex10(list_id)}"
    return [
        here.link("self", "GET", path, answer="List"),
        here.link("parent", "GET", "/lists", answer="Lists"),
        here.link("update", "PATCH", path, answer="List", body="ListPatch"),
        here.link("delete", "DELETE", path),
        here.link("activity", "GET", f"{path}/activity", answer="ListActivity"),
        here.link("merge-fields", "GET", f"{path}/merge-fields", answer="MergeFields"),
    ]


def activity_day(step: SeriesStep) -> dict[str, Any]:
    """Return a day of an audience. All additions are subscriptions, and all removals unsubscriptions."""
    counts = step.counts
    return {
        "day": from_unix(step.start).strftime("%Y-%m-%d"),
        "emails_sent": step.sent,
        "unique_opens": counts["unique_opens"],
        "recipient_clicks": counts["unique_clicks"],
        "hard_bounce": counts[EventType.BOUNCED_HARD],
        "soft_bounce": step.bounced - counts[EventType.BOUNCED_HARD],
        "subs": counts[EventType.SUBSCRIBED],
        "unsubs": step.left,
        "other_adds": 0,
        "other_removes": 0,
    }
