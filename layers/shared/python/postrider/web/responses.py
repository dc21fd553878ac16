"""Build answers of the public endpoints: pages, redirects, the pixel. They are not cached, framed or indexed."""

import base64
from dataclasses import dataclass, field
from typing import Any

from postrider.kit.domains import ascii_url
from postrider.kit.web_page import Brand, branded

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""A transparent GIF of one pixel."""

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class WebResponse:
    status: int
    content_type: str
    body: str | bytes
    headers: dict[str, str] = field(default_factory=lambda: dict(HEADERS))

    def proxy_result(self, *, is_head: bool = False) -> dict[str, Any]:
        """Return the answer as a result for the HTTP API; HEAD gets no body (RFC 9110, section 9.3.2)."""
        is_binary = isinstance(self.body, bytes)
        body = base64.b64encode(self.body).decode() if isinstance(self.body, bytes) else self.body
        return {
            "statusCode": self.status,
            "headers": self.headers | {"Content-Type": self.content_type},
            "body": "" if is_head else body,
            "isBase64Encoded": is_binary and not is_head,
        }


def page(html: str, *, status: int = 200, policy: str = PAGE_POLICY, brand: Brand | None = None) -> WebResponse:
    """Return a page, with the company of `brand` at the top."""
    if brand is not None:
        html = branded(html, brand)
        if brand.logo and "img-src" not in policy:
            policy = f"{policy}; img-src http: https:"
    return WebResponse(status, "text/html; charset=utf-8", html, HEADERS | {"Content-Security-Policy": policy})


def pixel() -> WebResponse:
    return WebResponse(200, "image/gif", PIXEL)


def redirect(target: str, *, status: int = 302) -> WebResponse:
    return WebResponse(status, "text/plain; charset=utf-8", "", HEADERS | {"Location": ascii_url(target)})


def plain(text: str) -> WebResponse:
    return WebResponse(200, "text/plain; charset=utf-8", text)
