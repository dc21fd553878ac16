"""Parse the `filter` parameter of contacts, whose statuses have other words in the main API."""

from postrider.contacts.model import Status
from postrider.http.main.filtering import parse_filter
from postrider.kit.errors import Invalid

TERMS = ("status", "email", "tags", "interests", "suppressed")
CONTACT_STATUSES = {"subscribed": "active"}
"""Other words of the main API for the status of a contact."""


def parse_contact_filter(text: str | None) -> dict[str, list[str]]:
    """Return the values of a filter of contacts by term, statuses in the words of the domain.

    Raises Invalid for `suppressed` with another value than true or false, and as `parse_filter` does.
    """
    values = parse_filter(text, allowed=TERMS)
    if "status" in values:
        statuses = [CONTACT_STATUSES.get(status, status) for status in values["status"]]
        values["status"] = [status for status in statuses if status != Status.UNADDRESSED]
    if not {"true", "false"}.issuperset(values.get("suppressed", ())):
        raise Invalid("Invalid value of `suppressed`: expected true or false.", code="bad_filter", field="filter")
    return values
