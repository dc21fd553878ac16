"""Define the errors of calls that change contacts."""

from postrider.kit.errors import Conflict, Invalid, NotFound


class StaleContact(Exception):  # an expected outcome, like kit.errors
    """A contact that was changed, or whose address was taken, after it was read."""


def unknown_contact() -> NotFound:
    return NotFound("Unknown contact.", code="contact_not_found", field="contact_id")


def unnamed() -> Invalid:
    return Invalid("A contact needs an address or an external id.", code="contact_unnamed", field="email")


def address_taken() -> Conflict:
    return Conflict("The list already has a contact with this address.", code="contact_exists", field="email")


def external_id_taken() -> Conflict:
    return Conflict(
        "Another contact of the list has this external id; choose another one.",
        code="external_id_taken",
        field="external_id",
    )
