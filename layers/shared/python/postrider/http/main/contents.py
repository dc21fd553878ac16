"""Define contents of mails in the main API: models of several areas, HTML responses, and warnings."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from postrider import bootstrap
from postrider.content.headers import MAX_HEADER_CHARS, MAX_HEADER_NAME_CHARS, MAX_SENDER_NAME_CHARS
from postrider.content.limits import MAX_HTML_BYTES, MAX_SUBJECT_CHARS, MAX_TEXT_BYTES
from postrider.http.main.wire import Name

if TYPE_CHECKING:  # calls that only read do not import the compiler of contents
    from postrider.content.compiled import ContentWarning

Subject = Annotated[str, Field(min_length=1, json_schema_extra={"maxLength": MAX_SUBJECT_CHARS})]
Html = Annotated[str, Field(min_length=1, json_schema_extra={"maxLength": MAX_HTML_BYTES})]
Text = Annotated[str, Field(min_length=1, json_schema_extra={"maxLength": MAX_TEXT_BYTES})]
SenderName = Annotated[str, Field(min_length=1, json_schema_extra={"maxLength": MAX_SENDER_NAME_CHARS})]


HTML: dict[int, Any] = {200: {"description": "The HTML.", "content": {"text/html": {"schema": {"type": "string"}}}}}
"""The answer of a rendering, for the document."""
POLICY = "sandbox; default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; font-src https:"
"""The policy of a rendered content, which cannot run scripts and has no origin."""


class SenderAndName(BaseModel):
    id: Name
    name: SenderName | None = None


class ContentType(StrEnum):
    CUSTOM = "custom"
    HTML = "html"
    BEE = "bee"


Encoding = StrEnum(
    "Encoding",
    """
    utf-8 armscii-8 ascii big-5 cp51932 cp866 cp936 euc-cn euc-jp eucjp-win euc-kr euc-tw hz iso-2022-jp
    iso-2022-jp-ms iso-2022-kr iso-8859-1 iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 iso-8859-2
    iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-9 jis koi8-r sjis sjis-win uhc
    windows-1251 windows-1252
    """,
)


class TemplateId(BaseModel):
    id: int


class MailContent(BaseModel):
    """The content of a mail in a request."""

    model_config = ConfigDict(populate_by_name=True)

    subject: Subject | None = None
    html: Html | None = None
    text: Text | None = None
    json_: Annotated[dict[str, Any] | None, Field(alias="json")] = None
    type: ContentType | None = None
    encoding: Encoding | None = None


class TrackingChange(BaseModel):
    """A change of the tracking of a mail; a missing member is unchanged."""

    opens: Annotated[StrictBool | None, Field(description="Track opens of the HTML part.")] = None
    clicks_html: Annotated[StrictBool | None, Field(description="Track link clicks in the HTML part.")] = None
    clicks_text: Annotated[StrictBool | None, Field(description="Track link clicks in the text part.")] = None


class AdditionalEmailHeader(BaseModel):
    name: Annotated[str, Field(json_schema_extra={"maxLength": MAX_HEADER_NAME_CHARS})]
    value: Annotated[str, Field(json_schema_extra={"maxLength": MAX_HEADER_CHARS})]


class TestEmailType(StrEnum):
    MERGED = "merged"
    SEPARATED = "separated"


class Warning(BaseModel):
    """A fault of what was sent that does not stop it."""

    type: str
    msg: str


NO_POSTAL_ADDRESS = Warning(
    type="no_postal_address",
    msg=(
        "The account has no postal address, which many laws require in every marketing email; set it with "
        "PATCH /accounts/self."
    ),
)


def warnings(account_id: str, faults: Iterable["ContentWarning"]) -> list[Warning]:
    """Return the warnings before a mail is sent: about its content, and about a missing postal address of the account."""
    has_address = bootstrap.accounts().get_cached(account_id).has_postal_address
    return ([] if has_address else [NO_POSTAL_ADDRESS]) + content_warnings(faults)


def content_warnings(faults: Iterable["ContentWarning"]) -> list[Warning]:
    """Return the faults of a content as warnings of the API."""
    return [Warning(type=warning.type, msg=warning.message) for warning in faults]


def html_response(html: str) -> Response[str]:
    headers: dict[str, str | list[str]] = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    return Response(200, "text/html; charset=utf-8", html, headers)
