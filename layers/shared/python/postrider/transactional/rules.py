"""Rules of transactional mail; pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from postrider.content.attachments import Attachment
from postrider.content.file_types import FILE_TYPES, FileType, file_type_of, has_fitting_bytes
from postrider.kit.errors import FieldPath, Forbidden, Invalid

MAX_ADDRESSES = 15
"""Maximum number of recipients of a mail; each gets a copy of its own."""
MAX_ATTRIBUTES = 200
MAX_AHEAD = timedelta(days=90)
"""Maximum time until a scheduled mail."""
COUNTED_ONCE_FOR = timedelta(minutes=9)
"""Age of a sent copy up to which counting it again has no effect."""
COPIES_KEPT = timedelta(days=400)
"""Retention of copies: the same as of rows of the log."""
NEAR_S = 900
"""A mail that is due so soon waits in the queue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
MAX_ATTEMPTS = 2
"""Maximum number of attempts: a copy whose answer was lost is sent once more; if this is lost too, it is unknown."""
LEASE = timedelta(seconds=60)
"""Validity of a claim: longer than a call of the mailer, and shorter than the visibility timeout of the queue."""
FRESH_FOR = timedelta(seconds=10)
"""Age of a mail up to which suppressions of its recipient are not checked again."""
LONGEST_WAIT_S = 1.0
"""Maximum time that a worker waits for the turn of a copy; a copy with a later turn returns to the queue."""
TURN_KEPT_S = 5.0
"""Maximum delay with which a copy may use its turn."""
SHORT_PAUSES_S = (0.15, 0.3, 0.5)
"""Pauses before a worker retries a copy refused for the rate: a campaign leaves gaps of less than a second."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2, 60
"""First pause in the queue of a copy that is still refused for the rate; it doubles each time."""
QUOTA_PAUSE_S = 900
"""Pause of a copy that the mailer refused for the daily quota, or because it refuses all mail of the deployment."""

SUPPRESSED, UNSUBSCRIBED, CLOSED = "suppressed", "unsubscribed", "account_closed"
UNWRITABLE, ANSWERS_LOST = "unwritable", "answers_lost"
"""Reasons of copies that were not sent, or whose sending is unknown."""

CALENDAR, PDF = "calendar", "pdf"
"""Kinds of attachments."""
MAX_FILE_NAME_CHARS = 128
MAX_DATA_BYTES = 256 * 1024
"""Maximum size of the data for one mail."""
_UNSAFE_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff/\\]")
_METHOD = re.compile(rb"^METHOD:([A-Z-]{1,20})\r?$", re.MULTILINE)


def attachment_of(kind: str, filename: str, data: bytes) -> Attachment:
    """Return a file as an attachment. Raises Invalid if its name is not of this kind, and the errors of `file_of`."""
    extension = {CALENDAR: ".ics", PDF: ".pdf"}[kind]
    if not filename.endswith(extension):
        reason = f"The file name must end in {extension}, as the type of the attachment is {kind}."
        raise Invalid(reason, code="attachment_type", field=("attachment", "filename"))
    return file_of(filename, data, field=("attachment", "content"))


def file_of(filename: str, data: bytes, *, field: FieldPath) -> Attachment:
    """Return a file as an attachment; its name determines the type.

    Raises Forbidden for a type that mails may not have, Invalid for an invalid name, and for a file that is empty or of
    another type.
    """
    if not filename.strip() or len(filename) > MAX_FILE_NAME_CHARS or _UNSAFE_NAME.search(filename):
        reason = (
            f"Invalid file name: expected 1 to {MAX_FILE_NAME_CHARS} characters without slashes and control characters."
        )
        raise Invalid(reason, code="attachment_name", field=field)
    file_type = file_type_of(filename)
    if file_type is None:
        reason = f"The type of the attachment {filename!r} is not allowed; use one of {', '.join(FILE_TYPES)}."
        raise Forbidden(reason, code="attachment_type_forbidden", field=field)
    if not data:
        raise Invalid(f"The attachment {filename!r} is empty.", code="attachment_empty", field=field)
    if not has_fitting_bytes(file_type, data):
        reason = f"The bytes of the attachment {filename!r} do not match the type of its name; check name and content."
        raise Invalid(reason, code="attachment_bytes", field=field)
    return Attachment(filename=filename, content_type=_content_type(file_type, data), data=data)


def _content_type(file_type: FileType, data: bytes) -> str:
    """Return the MIME type; a calendar has its method as parameter (RFC 6047, section 2.4), so that programs offer replies."""
    method = _METHOD.search(data) if file_type is FILE_TYPES["ics"] else None
    return file_type.content_type + (f"; method={method[1].decode()}" if method else "")


def pause_s(pauses: int) -> int:
    """Return the seconds until the next attempt for a copy, after this number of pauses."""
    return min(FIRST_PAUSE_S << min(pauses, 10), LONGEST_PAUSE_S)


def checked_headers(headers: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the headers. Raises Invalid for a repeated header; `Composer` checks names and values."""
    names = [name.lower() for name, _ in headers]
    for index, name in enumerate(names):
        if name in names[:index]:
            reason = f"The header {headers[index][0][:80]!r} is given twice; give each header once."
            raise Invalid(reason, code="header_repeated", field=("additional_headers", index, "name"))
    return tuple(headers)


def with_headers(headers: Mapping[str, str], own: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the headers of a content, overridden by the headers of a mail."""
    own_names = {name.lower() for name, _ in own}
    return (*((name, value) for name, value in headers.items() if name.lower() not in own_names), *own)


def due_at(send_at: datetime | None, now: datetime) -> datetime:
    """Return the moment when the mail is due; a moment in the past means now. Raises Invalid past MAX_AHEAD."""
    if send_at is None or send_at <= now:
        return now
    if send_at - now > MAX_AHEAD:
        reason = f"A mail can be scheduled for the next {MAX_AHEAD.days} days."
        raise Invalid(reason, code="too_far_ahead", field="send_at")
    return send_at
