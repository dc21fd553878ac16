"""Identify callers of dialects whose credentials are created with `POST /credentials`."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path

from postrider import bootstrap
from postrider.accounts.model import Caller
from postrider.credentials.model import FORMATS, Scheme
from postrider.http.dialect import Headers, Identify

_PUBLIC = "{public}"
SCHEME_TEXTS = {
    Scheme.BEARER: "Key of the credential.",
    Scheme.BASIC: "The halves of the credential as user name and password.",
}
PublicHalf = Annotated[str, Path(description="Public half of the credential.")]


def caller_by_header(dialect: str) -> Identify:
    """Return a function that identifies callers of a dialect, by a header and perhaps the public half in the path."""
    form = FORMATS[dialect]
    places = form.path.split("/")
    place = places.index(_PUBLIC) if _PUBLIC in places else None

    def identify(headers: Headers, path: str) -> Caller:
        segments = path.split("/")
        public, secret = form.halves_of(headers.get(form.header.lower()) or "")
        if place is not None:
            public = segments[place] if place < len(segments) else ""
        return bootstrap.credentials().caller_of(dialect, secret, public=public)

    return identify


def header_security(dialect: str) -> dict[str, dict[str, Any]]:
    """Return the security scheme of the header, for the document."""
    form = FORMATS[dialect]
    if form.scheme:
        scheme = {"type": "http", "scheme": form.scheme.lower(), "description": SCHEME_TEXTS[form.scheme]}
        return {f"{form.scheme.lower()}Auth": scheme}
    scheme = {"type": "apiKey", "name": form.header, "in": "header", "description": "Key of the credential."}
    return {"apiKey": scheme}
