"""Render exports for Customer.io's API."""

from functions.compat.customerio.dates import deduplicate_id
from functions.compat.customerio.schemas_exports import Export
from postrider.exports.model import Column, ExportKind, ExportState, NumberedExport, PersonField

TYPES = {ExportKind.PEOPLE: "customers", ExportKind.MESSAGES: "deliveries"}
PERSON_COLUMNS = (
    Column(name="id", field=PersonField.EXTERNAL_ID),
    Column(name="email", field=PersonField.EMAIL),
    Column(name="cio_id", field=PersonField.CONTACT_ID, prefix="cio_"),
)
"""Columns of every export of people, before those of attributes."""


def shown_export(export: NumberedExport) -> Export:
    record, requested_by = export.record, export.task.requested_by
    return Export.model_validate(
        {
            "id": record.number,
            "deduplicate_id": deduplicate_id(record.number, export.updated_at),
            "type": TYPES[record.kind],
            "status": export.state.value,
            "failed": export.state == ExportState.FAILED,
            "total": export.rows,
            "description": export.task.description or "",
            "downloads": record.downloads,
            "user_id": requested_by.get("id", 0),
            "user_email": requested_by.get("email", ""),
            "created_at": record.created_at,
            "updated_at": export.updated_at,
        }
    )
