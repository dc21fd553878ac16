"""Define requests and responses: transactional mails."""

import base64
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool

from postrider.http.envelopes import Deleted
from postrider.http.main.contents import AdditionalEmailHeader, Encoding, Html, SenderAndName, Subject, Text
from postrider.http.main.wire import MAX_UNIX, Email, Name

MAX_ATTACHMENT_CHARS = 5 * 1024 * 1024
"""Maximum number of attachments of a body."""


class EmailTracking(BaseModel):
    """Click and open tracking of a transactional mail."""

    opens: Annotated[StrictBool | None, Field(description="Track opens of the HTML part.")] = True
    clicks_html: Annotated[StrictBool | None, Field(description="Track link clicks in the HTML part.")] = True
    clicks_text: Annotated[StrictBool | None, Field(description="Track link clicks in the text part.")] = True


class AttachmentType(StrEnum):
    CALENDAR = "calendar"
    PDF = "pdf"


class Attachment(BaseModel):
    filename: Annotated[
        str,
        Field(
            max_length=128,
            pattern=r"^[a-zA-Z0-9-_]+\.(ics|pdf)$",
            description="File name with the extension of the type: .ics or .pdf.",
        ),
    ]
    type: AttachmentType
    content: Annotated[
        str,
        Field(
            max_length=MAX_ATTACHMENT_CHARS,
            pattern=r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
            description="The file in base64.",
        ),
    ]

    @property
    def data(self) -> bytes:
        return base64.b64decode(self.content)


class TemplateCustomAttributes(BaseModel):
    name: Name
    value: Annotated[str, Field(max_length=65_536)]


class TemplateInfo(BaseModel):
    """A stored template; custom_attributes are the values of its merge tags."""

    id: int
    custom_attributes: Annotated[list[TemplateCustomAttributes], Field(min_length=1)] | None = None


class EmailContent(BaseModel):
    subject: Subject
    html: Html | None = None
    text: Text | None = None
    template: TemplateInfo | None = None
    encoding: Encoding


class SendEmail(BaseModel):
    email: Email
    group_id: Annotated[Annotated[int, Field(ge=1)] | None, Field(description="Groups mails, for the log.")] = None
    tracking: EmailTracking | None = EmailTracking()
    sender: SenderAndName
    additional_headers: list[AdditionalEmailHeader] | None = None
    attachment: Attachment | None = None
    content: EmailContent
    send_at: Annotated[
        Annotated[int, Field(ge=1, le=MAX_UNIX)] | None,
        Field(description="When to send it, in Unix seconds, at most 90 days ahead; omit to send it now."),
    ] = None
    draft: Annotated[StrictBool | None, Field(description="true: store it, and send it after its release.")] = False


class TransactionalEmailResponse(BaseModel):
    id: int


class SendEmailResponse(BaseModel):
    email: str
    object: Literal["email"]
    sent: Annotated[bool, Field(description="false: it is sent later, or is a draft.")]
    data: TransactionalEmailResponse


class ReleaseEmailResponse(BaseModel):
    id: int
    object: Literal["email"]
    released: Annotated[bool, Field(description="true: it is sent now, or at its moment.")]


DeleteEmailResponse = Deleted[int, Literal["email"]]
