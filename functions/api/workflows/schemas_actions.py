"""Define requests and responses: actions of workflows."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool

from postrider.http.envelopes import PageOf
from postrider.http.main.contents import (
    MailContent,
    SenderAndName,
    TemplateId,
    TestEmailType,
    TrackingChange,
    Warning,
)
from postrider.http.main.wire import Email, Line, Unix

ParentId = Annotated[
    Annotated[str, Field(max_length=64)] | None,
    Field(description="Action this one follows; absent for the first action."),
]
Delay = Annotated[
    int,
    Field(
        description="Seconds after the parent event (or the trigger) before the action runs; at most 31536000 (365 days)."
    ),
]
TRACKING = {"opens": True, "clicks_html": True, "clicks_text": True}


class ActionCondition(StrEnum):
    OPENED = "opened"
    NOT_OPENED = "not_opened"
    CLICKED = "clicked"
    NOT_CLICKED = "not_clicked"
    NONE = "none"


class ActionType(StrEnum):
    EMAIL = "email"


class ActionTracking(BaseModel):
    """Click and open tracking of an action."""

    opens: Annotated[
        StrictBool, Field(description="Track opens of the HTML part.", json_schema_extra={"default": True})
    ]
    clicks_html: Annotated[
        StrictBool, Field(description="Track link clicks in the HTML part.", json_schema_extra={"default": True})
    ]
    clicks_text: Annotated[
        StrictBool, Field(description="Track link clicks in the text part.", json_schema_extra={"default": True})
    ]


class ActionContent(MailContent):
    template: TemplateId | None = None


class ActionEmailSettings(BaseModel):
    tracking: ActionTracking | None = None
    content: ActionContent
    sender: Annotated[SenderAndName | None, Field(description="Null while the action has none.")]


class CreateAction(BaseModel):
    name: Line
    parent_id: ParentId = None
    condition: ActionCondition
    delay: Delay
    type: ActionType
    email_settings: ActionEmailSettings | None = None


class PatchActionTracking(TrackingChange):
    """Changes of the tracking of an action."""


class PatchActionContent(MailContent):
    """Changes of the content of an action."""


class PatchActionEmailSettings(BaseModel):
    tracking: PatchActionTracking | None = None
    content: PatchActionContent | None = None
    sender: SenderAndName | None = None


class PatchAction(BaseModel):
    name: Line | None = None
    parent_id: ParentId = None
    condition: ActionCondition | None = None
    delay: Delay | None = None
    type: ActionType | None = None
    email_settings: PatchActionEmailSettings | None = None


class ActionSummaryResponse(BaseModel):
    id: str
    name: str
    parent_id: ParentId
    condition: ActionCondition
    delay: Delay
    type: ActionType
    created_on: Unix | None
    updated_on: Unix | None
    thumbnail_url: Annotated[str, Field(description="Always empty: no thumbnails are made.")]


class ActionResponse(BaseModel):
    id: str
    created_on: Unix | None
    updated_on: Unix | None
    name: str
    parent_id: ParentId
    condition: ActionCondition
    delay: Delay
    type: ActionType
    email_settings: ActionEmailSettings | None
    thumbnail_url: Annotated[str, Field(description="Always empty: no thumbnails are made.")]


class ActionEmailBlueprintSettings(BaseModel):
    tracking: ActionTracking | None
    content: ActionContent


class ActionBlueprint(BaseModel):
    id: str
    created_on: Unix | None
    updated_on: Unix | None
    name: str
    parent_id: ParentId
    condition: ActionCondition
    delay: Delay
    type: ActionType
    email_settings: ActionEmailBlueprintSettings | None


class CreateActionResponse(BaseModel):
    id: str
    object: Literal["action"]
    created: bool
    data: ActionResponse


class GetActionResponse(BaseModel):
    data: ActionResponse


class PatchActionResponse(BaseModel):
    id: str
    object: Literal["action"]
    patched: bool
    data: ActionResponse


class DeleteActionResponse(BaseModel):
    id: str
    object: Literal["action"]
    deleted: bool
    data: ActionResponse


class SendTestAction(BaseModel):
    email: Email
    type: TestEmailType | None = TestEmailType("merged")


class SendTestActionResponse(BaseModel):
    id: str
    object: Literal["action"]
    sent: bool
    warnings: list[Warning]


class WorkflowBlueprintActionResponse(BaseModel):
    data: ActionBlueprint


ActionsResponse = PageOf[ActionSummaryResponse]
