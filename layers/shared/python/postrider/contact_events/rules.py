"""Rules of contact events; pure."""

import orjson

from postrider.contact_events.model import ContactEvent
from postrider.kit.errors import Invalid

MAX_NAME_CHARS = 100
MAX_ID_CHARS = 100
MAX_PROPERTIES_BYTES = 32 * 1024
MAX_ANONYMOUS_CHARS = 150
MAX_MOMENT_S = 10**11
"""The largest moment (in the year 5138): its milliseconds have at most 14 digits."""


def check(event: ContactEvent) -> None:
    """Raise Invalid for an event that cannot be stored."""
    if not event.name.strip() or len(event.name) > MAX_NAME_CHARS or not _is_unicode(event.name):
        reason = f"Invalid event name: expected 1 to {MAX_NAME_CHARS} characters."
        raise Invalid(reason, code="event_name_invalid", field="name")
    if not event.id.strip() or len(event.id) > MAX_ID_CHARS or not _is_unicode(event.id):
        reason = f"Invalid event id: expected 1 to {MAX_ID_CHARS} characters."
        raise Invalid(reason, code="event_id_invalid", field="id")
    if not 0 <= event.occurred_at.timestamp() < MAX_MOMENT_S:
        reason = "Invalid moment of the event: expected one since 1970."
        raise Invalid(reason, code="event_moment_invalid", field="timestamp")
    try:
        size = len(orjson.dumps(dict(event.properties)))
    except TypeError as exc:
        raise Invalid("Invalid event data: expected JSON values.", code="event_data_invalid", field="data") from exc
    if size > MAX_PROPERTIES_BYTES:
        reason = f"The event data is too large: at most {MAX_PROPERTIES_BYTES} bytes."
        raise Invalid(reason, code="event_data_too_large", field="data")


def check_anonymous_id(anonymous_id: str) -> None:
    """Raise Invalid for a text that is not an id of an anonymous visitor."""
    if not anonymous_id.strip() or len(anonymous_id) > MAX_ANONYMOUS_CHARS or not _is_unicode(anonymous_id):
        reason = f"Invalid anonymous id: expected 1 to {MAX_ANONYMOUS_CHARS} characters."
        raise Invalid(reason, code="anonymous_id_invalid", field="anonymous_id")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
