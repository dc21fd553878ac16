"""Callers of a dialect whose credentials are made with `POST /credentials`."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path

from postrider import bootstrap
from postrider.accounts.model import Caller
from postrider.credentials.model import FORMS
from postrider.http.dialect import Headers, Identify

_PUBLIC = "{public}"
PublicHalf = Annotated[str, Path(description="Public half of the credential.")]


def caller_by_header(dialect: str) -> Identify:
    """Return what identifies the callers of a dialect: the header of its form, and the public half in the path if it has one."""
    form = FORMS[dialect]
    places = form.path.split("/")
    place = places.index(_PUBLIC) if _PUBLIC in places else None

    def identify(headers: Headers, path: str) -> Caller:
        segments = path.split("/")
        public = None if place is None else segments[place] if place < len(segments) else ""
        return bootstrap.credentials().caller_of(dialect, headers.get(form.header) or "", public=public)

    return identify


def header_security(dialect: str) -> dict[str, dict[str, Any]]:
    """Return the security scheme of the header, for the document."""
    scheme = {"type": "apiKey", "name": FORMS[dialect].header, "in": "header", "description": "Key of the credential."}
    return {"apiKey": scheme}
