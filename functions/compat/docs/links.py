"""Build absolute URLs from the host that the client used: hypermedia links, and addresses of schemas."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

from postrider import bootstrap
from postrider.http import Depends, Request
from postrider.http.dialect import Headers

ROOT: Final = "/3.0"
SCHEMAS: Final = "/schema/3.0"
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_SCHEMES: Final = frozenset({"http", "https"})


def base_of(headers: Headers) -> str:
    """Return scheme and host of the call: https://us1.api.example.com. Without a valid host, those of the deployment."""
    own_scheme, _, own_host = bootstrap.public_base_url().partition("://")
    host, scheme = headers.get("host") or "", headers.get("x-forwarded-proto") or ""
    return f"{scheme if scheme in _SCHEMES else own_scheme}://{host if _HOST.fullmatch(host) else own_host}"


@dataclass(frozen=True)
class Links:
    """Links of the answers to one call."""

    base: str

    def link(self, rel: str, method: str, path: str, *, answer: str = "", body: str = "") -> dict[str, Any]:
        """Return a link to a path below the root; `answer` and `body` are names of schemas."""
        link = {"rel": rel, "href": f"{self.base}{ROOT}{path}", "method": method}
        if answer:
            link["targetSchema"] = self.schema(answer)
        if body:
            link["schema"] = self.schema(body)
        return link

    def schema(self, name: str) -> str:
        """Return the URL of a schema of the document."""
        return f"{self.base}{SCHEMAS}/Definitions/{name}.json"


def links_of(request: Request) -> Links:
    return Links(base_of(request.headers))


Here = Annotated[Links, Depends(links_of)]
"""The parameter of a handler that builds links."""
