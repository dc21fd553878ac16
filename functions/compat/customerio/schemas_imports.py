"""Define requests and responses of Customer.io's App API: imports."""

from enum import StrEnum
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import BaseModel, ConfigDict, Field

from functions.compat.customerio.dates import UnixTime
from functions.compat.customerio.schemas_objects import TypeNumber
from functions.compat.customerio.unions import chosen_by_value
from postrider.http.fields import Sparse

ImportId = Annotated[int, Path(description="Import.")]
MAX_NAME = 255
MAX_URL = 2048
MAX_DESCRIPTION = 1000


class DataToProcess(StrEnum):
    ALL = "all"
    ONLY_NEW = "only_new"
    ONLY_EXISTING = "only_existing"


class ImportRequestBase(BaseModel):
    name: Annotated[str, Field(description="Friendly name.", json_schema_extra={"maxLength": MAX_NAME})]
    data_file_url: Annotated[
        str,
        Field(
            description="URL the service downloads the CSV from.",
            json_schema_extra={"format": "uri", "maxLength": MAX_URL},
        ),
    ]
    description: Annotated[str, Field(json_schema_extra={"maxLength": MAX_DESCRIPTION})] | None = None
    data_to_process: Annotated[
        DataToProcess | None, Field(description="all, only_new or only_existing; all by default.")
    ] = None
    people_to_process: Annotated[DataToProcess | None, Field(description="Former name of data_to_process.")] = None

    @property
    def rows(self) -> DataToProcess:
        return self.data_to_process or self.people_to_process or DataToProcess.ALL


class ImportRequestPeople(ImportRequestBase):
    model_config = ConfigDict(title="people")
    type: Literal["people"]
    identifier: Annotated[Literal["email", "id"], Field(description="Column that identifies people.")]


class ImportRequestEvent(ImportRequestBase):
    model_config = ConfigDict(title="event")
    type: Literal["event"]
    identifier: Annotated[Literal["email", "id"], Field(description="Column that identifies people.")]


class ImportRequestObject(ImportRequestBase):
    model_config = ConfigDict(title="object")
    type: Literal["object"]
    object_type_id: Annotated[TypeNumber, Field(description="Type of all objects in the file.")]


class ImportRequestRelationship(ImportRequestBase):
    model_config = ConfigDict(title="relationship")
    type: Literal["relationship"]
    identifier: Annotated[Literal["email", "id", "cio_id"], Field(description="Column that identifies the person.")]


AnyImport = Annotated[
    ImportRequestPeople | ImportRequestEvent | ImportRequestObject | ImportRequestRelationship,
    chosen_by_value(
        "type",
        {
            "people": ImportRequestPeople,
            "event": ImportRequestEvent,
            "object": ImportRequestObject,
            "relationship": ImportRequestRelationship,
        },
    ),
]


class ImportRequest(BaseModel):
    wanted: Annotated[AnyImport, Field(alias="import")]


class ImportType(StrEnum):
    PEOPLE = "people"
    EVENT = "event"
    OBJECT = "object"
    RELATIONSHIP = "relationship"


class ImportState(StrEnum):
    PREPROCESSING = "preprocessing"
    PREPROCESSED = "preprocessed"
    VALIDATING = "validating"
    VALIDATED = "validated"
    IMPORTING = "importing"
    IMPORTED = "imported"
    FAILED = "failed"
    CANCELED = "canceled"


class Import(Sparse):
    id: Annotated[int, Field(description="import_id.")]
    name: str
    description: str | None = None
    type: ImportType
    identifier: Annotated[Literal["email", "id", "cio_id"] | None, Field(description="Absent for objects.")] = None
    object_type_id: Annotated[int | str | None, Field(description="Objects only.")] = None
    data_to_process: DataToProcess | None = None
    people_to_process: Annotated[
        DataToProcess | None, Field(description="Of people and events, as data_to_process.")
    ] = None
    state: Annotated[ImportState, Field(description="In this order; the final state is imported, failed or canceled.")]
    rows_to_import: Annotated[int, Field(description="Importable rows, as far as the file was read.")]
    rows_imported: Annotated[int, Field(description="Rows imported. The others are named by the import of the list.")]
    error: Annotated[str | None, Field(description="Why it failed.")] = None
    created_at: UnixTime
    updated_at: UnixTime


class ImportResponse(BaseModel):
    shown: Annotated[Import, Field(alias="import")]
