"""Render the common members of rows of logs of campaigns, lists and actions."""

from typing import Any

from postrider.http.main.events import log_type_of
from postrider.kit.clock import unix
from postrider.mail_events.model import LogRow
from postrider.mail_events.queries import LogEntry
from postrider.tracking.machines import software_of


def row_of(entry: LogEntry) -> dict[str, Any]:
    """Return the members of every row."""
    row = entry.row
    return {
        "id": row.id,
        "contact_id": row.contact_id,
        "email": entry.email,
        "type": log_type_of(row.type),
        "timestamp": unix(row.at),
        "occurrences": row.occurrences,
        "clickthru_url": row.url,
        "user_agent": user_agent_of(row),
    }


def user_agent_of(row: LogRow) -> dict[str, Any] | None:
    """Return the software of a recipient, or None if it is unknown."""
    if row.user_agent is None and row.ip is None and not row.is_bot:
        return None
    software = software_of(row.user_agent)
    return {
        "ip": row.ip,
        "os": {"family": software.os, "version": software.os_version},
        "browser": {"family": software.browser, "version": software.browser_version},
        "device": {"family": software.device, "brand": software.brand, "model": software.model},
        "is_bot": row.is_bot,
        "raw": row.user_agent,
    }
