"""Define models that several areas share: errors, pagination, constrained texts, and the parameters of routes."""

from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from postrider.contacts import address
from postrider.filters import tree
from postrider.kit.errors import Invalid

# Texts


def _is_email(text: str) -> str:
    try:
        address.parse(text)
    except Invalid as exc:
        raise ValueError(exc.message) from exc
    return text


def _is_web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or any(ord(char) <= 32 for char in text):
        raise ValueError("must be an absolute http or https URL")
    return text


def _is_time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError("must be the name of an IANA time zone, such as Europe/Zurich") from exc
    return text


EmailText = Annotated[str, Field(json_schema_extra={"format": "email"})]
"""An address without a check: rows of imports are checked one by one, and answers need no check."""
Email = Annotated[
    str, Field(json_schema_extra={"format": "email", "maxLength": address.MAX_LENGTH}), AfterValidator(_is_email)
]
Url = Annotated[
    str, Field(min_length=1, max_length=2083, json_schema_extra={"format": "uri"}), AfterValidator(_is_web_address)
]
DownloadUrl = Annotated[str, Field(min_length=1, max_length=65_536, json_schema_extra={"format": "uri"})]
NonEmpty = Annotated[str, Field(min_length=1)]
Line = Annotated[str, Field(max_length=255)]
"""A text of one line, such as a telephone number."""
Name = Annotated[str, Field(min_length=1, max_length=255)]
"""A text of one line that is not empty: the name of an object, or an id in a body."""
TimeZoneText = Annotated[str, Field(description="IANA time zone name.")]
"""A time zone in an answer, which needs no check."""
TimeZone = Annotated[str, Field(max_length=255, description="IANA time zone name."), AfterValidator(_is_time_zone)]
Unix = Annotated[int, Field(description="Unix seconds.")]
LANGUAGES_PAGE = "/reference/filters"
_LANGUAGE = f"[grammar and examples]({LANGUAGES_PAGE})"
SqlText = Annotated[
    str,
    Field(description=f"SQL-like selection expression: {_LANGUAGE}.", json_schema_extra={"maxLength": tree.MAX_LENGTH}),
]
FiqlText = Annotated[
    str, Field(description=f"FIQL selection expression: {_LANGUAGE}.", json_schema_extra={"maxLength": tree.MAX_LENGTH})
]
TagName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9.\-+_]+$")]
InterestText = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[+@\-_#a-zA-Z0-9]+$")]

# Parameters of paths

ListId = Annotated[int, Path(ge=1)]
ListIdUnbounded = Annotated[int, Path()]
ContactId = Annotated[int, Path(ge=1)]
SegmentId = Annotated[int, Path(ge=1)]
WorkflowId = Annotated[str, Path()]
ActionId = Annotated[str, Path()]
CampaignId = Annotated[int, Path(ge=1)]
CampaignIdUnbounded = Annotated[int, Path()]
SenderId = Annotated[str, Path()]
AttributeName = Annotated[str, Path()]
InterestName = Annotated[str, Path(min_length=1, max_length=255, pattern=r"^[+@\-_#a-zA-Z0-9]+$")]
TagPath = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9.\-+_]+$")]
TaskId = Annotated[str, Path()]
ExportId = Annotated[str, Path()]
FormId = Annotated[str, Path()]
SuppressionPath = Annotated[str, Path(pattern=r"(^\*@[^@*]+\.[^@*]+$|^[^@*]+@\*$|^[^@*]+@[^@*]+\.[^@*]+$)")]

# Parameters of queries

MAX_UNIX = 2_147_483_647

Page = Annotated[int, Query(ge=1, description="Page number, from 1.")]
PageNoDefault = Annotated[int | None, Query(ge=1, description="Page number, from 1.")]
PageUnbounded = Annotated[int, Query(description="Page number, from 1.")]
PerPage = Annotated[int, Query(ge=1, description="Page size.")]
PerPageUnbounded = Annotated[int, Query(description="Page size.")]
WithCount = Annotated[bool, Query(description="Also compute pagination.count.")]
_SORT = 'Sort term, "-" in front for descending, "+" or nothing for ascending.'
Sort = Annotated[str | None, Query(description=_SORT)]
LogSort = Annotated[str | None, Query(pattern=r"[-|+]?.*", description=_SORT)]
FormSort = Annotated[str | None, Query(pattern=r"[-|+]?[a-zA-Z_]+", description=_SORT)]
Filter = Annotated[
    str | None, Query(alias="filter", description='Conditions term==value joined by ";" (all must hold).')
]
CursorText = Annotated[str | None, Query(description="Opaque position from pagination.cursor.")]
StartTime = Annotated[int | None, Query(ge=1, le=MAX_UNIX, description="Lower bound, Unix seconds.")]
EndTime = Annotated[int | None, Query(ge=1, le=MAX_UNIX, description="Upper bound, Unix seconds.")]
StartTimeRequired = Annotated[int, Query(ge=1, le=MAX_UNIX, description="Lower bound, Unix seconds.")]
EndTimeRequired = Annotated[int, Query(ge=1, le=MAX_UNIX, description="Upper bound, Unix seconds.")]
StartTimeUnbounded = Annotated[int | None, Query(description="Lower bound, Unix seconds.")]
EndTimeUnbounded = Annotated[int | None, Query(description="Upper bound, Unix seconds.")]
SelectionQuery = Annotated[
    str | None, Query(alias="query", description=f"SQL-like selection (at most one of query, fiql, json): {_LANGUAGE}.")
]
SelectionFiql = Annotated[
    str | None, Query(alias="fiql", description=f"FIQL selection (at most one of query, fiql, json): {_LANGUAGE}.")
]
SelectionJson = Annotated[
    str | None,
    Query(
        alias="json",
        description=f"JSON selection, JSON text (at most one of query, fiql, json): {_LANGUAGE}.",
        json_schema_extra={"format": "json-string"},
    ),
]

# Models


class BadRequestMessage(BaseModel):
    loc: list[str] | None = None
    msg: str
    type: str = "bad_request"
    code: Annotated[int | None, Field(description="8004: the account is out of reach.")] = None


class BadRequestError(BaseModel):
    """400 body: business-rule failures, unknown ids included."""

    detail: list[BadRequestMessage]


class Cursor(BaseModel):
    previous: str | None
    next: str | None


class ForbiddenMessage(BaseModel):
    code: int | None = None
    msg: str
    type: str = "forbidden"


class ForbiddenError(BaseModel):
    detail: list[ForbiddenMessage]


_LANGUAGES = """
da da_DK de de_DE el el_GR en en_US en_GB en_UK es es_US es_ES et et_EE fi fi_FI fr fr_CA fr_FR he he_IL id
id_ID it it_IT ja ja_JP nl nl_NL no no_NO pt pt_BR ro ro_RO ru ru_RU sv sv_SE th th_TH tr tr_TR vi vi_VN zh
zh_CN aa ab ae af ak am an ar av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy dv dz ee eo eu
fa ff fj fo fy ga gd gl gn gu gv ha hi ho hr ht hu hy hz ia ie ig ii ik io is_IS iu jv ka kg ki kj kk kl km kn
ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nn nr nv ny oc oj
om os pa pi pl ps qu rm rn rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sw ta te tg ti tk tl tn to ts tt
tw ty ug uk ur uz ve vo wa wo xh yi yo za zu
"""
Languages = StrEnum("Languages", {code: code for code in _LANGUAGES.split()})  # type: ignore[misc]  # a list this long is data


class ListSenderResponse(BaseModel):
    name: str | None
    email: str | None


class Pagination(BaseModel):
    """count is null unless with_count=true."""

    count: int | None
    page: int
    per_page: int | None


class PaginationWithCursor(BaseModel):
    """Page pagination plus opaque cursors."""

    count: int | None
    page: int
    per_page: int | None
    cursor: Cursor | None


class Redirections(BaseModel):
    after_opt_in: Annotated[Url | None, Field(description="Where to go after the subscription form.")] = None
    after_double_opt_in: Annotated[Url | None, Field(description="Where to go after confirming.")] = None
    after_opt_out: Annotated[Url | None, Field(description="Where to go after unsubscribing.")] = None


class RedirectionsResponse(BaseModel):
    """The redirections of a list or form. A URL that was never set is null."""

    after_opt_in: Annotated[str | None, Field(description="Where to go after the subscription form.")] = None
    after_double_opt_in: Annotated[str | None, Field(description="Where to go after confirming.")] = None
    after_opt_out: Annotated[str | None, Field(description="Where to go after unsubscribing.")] = None


class SelectionBody(BaseModel):
    """At most one expression that says which contacts."""

    model_config = ConfigDict(populate_by_name=True)

    query: SqlText | None = None
    fiql: FiqlText | None = None
    json_: Annotated[
        dict[str, Any] | None, Field(alias="json", description=f"JSON selection expression: {_LANGUAGE}.")
    ] = None


class UnauthorizedMessage(BaseModel):
    code: int | None = None
    msg: str
    type: str = "unauthorized"


class UnauthorizedError(BaseModel):
    detail: list[UnauthorizedMessage]


class ValidationError(BaseModel):
    loc: Annotated[list[str | int], Field(description="Path to the offending value: body, query or path first.")]
    msg: str
    type: str


class ValidationErrors(BaseModel):
    """422 body: the request does not fit the schema."""

    detail: list[ValidationError] | None = None
