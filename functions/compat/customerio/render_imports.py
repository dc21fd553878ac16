"""Render imports for Customer.io's API, and translate their settings."""

from typing import Any

from functions.compat.customerio.schemas_imports import (
    AnyImport,
    DataToProcess,
    Import,
    ImportRequestObject,
    ImportResponse,
    ImportState,
    ImportType,
)
from functions.compat.customerio.translate_identifiers import CIO_PREFIX
from postrider.contacts.identifiers import IdentifierKind
from postrider.imports.data_model import DataImport, DataKind, DataOptions, ImportProgress, ImportStage, RowsToImport
from postrider.kit.errors import Invalid
from postrider.kit.wire_ids import NO_ID, of_decimal
from postrider.objects.rules import MAX_TYPE_ID

KINDS = {
    ImportType.PEOPLE: DataKind.PEOPLE,
    ImportType.EVENT: DataKind.EVENTS,
    ImportType.OBJECT: DataKind.OBJECTS,
    ImportType.RELATIONSHIP: DataKind.RELATIONS,
}
TYPES = {kind: word for word, kind in KINDS.items()}
KEYS = {
    "id": IdentifierKind.EXTERNAL_ID,
    "email": IdentifierKind.EMAIL,
    "cio_id": IdentifierKind.CONTACT_ID,
}
ROWS = {
    DataToProcess.ALL: RowsToImport.ALL,
    DataToProcess.ONLY_NEW: RowsToImport.NEW_ONLY,
    DataToProcess.ONLY_EXISTING: RowsToImport.EXISTING_ONLY,
}
ROW_WORDS = {rows: word for word, rows in ROWS.items()}
STATES = {
    ImportStage.FETCHING: ImportState.PREPROCESSING,
    ImportStage.FETCHED: ImportState.PREPROCESSED,
    ImportStage.CUTTING: ImportState.VALIDATING,
    ImportStage.CUT: ImportState.VALIDATED,
    ImportStage.WRITING: ImportState.IMPORTING,
    ImportStage.IMPORTED: ImportState.IMPORTED,
    ImportStage.FAILED: ImportState.FAILED,
    ImportStage.CANCELLED: ImportState.CANCELED,
}


def options_of(wanted: AnyImport) -> DataOptions:
    """Return the settings of an import. Raises Invalid."""
    kind = KINDS[ImportType(wanted.type)]
    if kind == DataKind.EVENTS and wanted.rows == DataToProcess.ONLY_NEW:
        reason = "Invalid data_to_process: events are imported for all or only_existing people."
        raise Invalid(reason, code="data_to_process_invalid", field="data_to_process")
    if isinstance(wanted, ImportRequestObject):
        type_id = of_decimal(str(wanted.object_type_id))
        if type_id == NO_ID or type_id > MAX_TYPE_ID:
            reason = "The specified Object Type does not exist."
            raise Invalid(reason, code="object_type_invalid", field="object_type_id")
        return DataOptions(kind=kind, type_id=type_id, rows=ROWS[wanted.rows])
    return DataOptions(
        kind=kind,
        key=KEYS[wanted.identifier],
        key_column=wanted.identifier,
        rows=ROWS[wanted.rows],
        contact_id_prefix=CIO_PREFIX,
    )


def shown_import(data_import: DataImport, progress: ImportProgress) -> ImportResponse:
    options = data_import.options
    rows = ROW_WORDS[options.rows]
    own: dict[str, Any] = {"identifier": options.key_column} if options.key else {}
    if options.type_id is not None:
        own["object_type_id"] = str(options.type_id)
    if options.kind in (DataKind.PEOPLE, DataKind.EVENTS):
        own["people_to_process"] = rows
    shown = Import(
        id=data_import.id,
        name=data_import.name,
        description=data_import.description,
        type=TYPES[options.kind],
        data_to_process=rows,
        state=STATES[progress.stage],
        rows_to_import=progress.rows,
        rows_imported=progress.imported,
        error=progress.problem,
        created_at=data_import.created_at,
        updated_at=progress.updated_at,
        **own,
    )
    return ImportResponse.model_validate({"import": shown})
