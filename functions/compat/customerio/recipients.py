"""The audience of a newsletter: people of the default list, or of one of its segments."""

from collections.abc import Mapping
from typing import Any

from postrider import bootstrap
from postrider.kit.errors import Invalid, NotFound

_ONE = ("and", "or")


def audience_of(account_id: str, list_id: int, name: str, recipients: Mapping[str, Any] | None) -> int | None:
    """Return the segment of an audience, None for everybody. Raises Invalid for an audience that cannot be used."""
    if not recipients:
        return None
    segment_id = _only_segment(recipients)
    if segment_id is not None:
        try:
            return bootstrap.segments().get(account_id, list_id, segment_id).id
        except NotFound as exc:
            raise Invalid(f"There is no segment {segment_id}.", code="segment_unknown", field="recipients") from exc
    raise Invalid("The audience must be one segment.", code="recipients_invalid", field="recipients")


def _only_segment(recipients: Any) -> int | None:
    """Return the id of the segment that is the whole audience, however it is wrapped; None for anything else."""
    while isinstance(recipients, Mapping) and len(recipients) == 1:
        ((key, value),) = recipients.items()
        if key == "segment":
            segment_id = value.get("id") if isinstance(value, Mapping) else None
            return segment_id if isinstance(segment_id, int) and not isinstance(segment_id, bool) else None
        if key not in _ONE or not isinstance(value, list) or len(value) != 1:
            return None
        recipients = value[0]
    return None
