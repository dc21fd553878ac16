"""The one public listener: passes calls to the deployed HTTP API as API Gateway would, and serves the inbox.

A few calls at a time, since all functions share the cores of this machine; the others wait for their turn.
"""

import http.client
import json
import os
import threading
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from dns.exception import DNSException

from functions.api.reference.home import LINKS, home_page
from infra.local.dns_server import LocalDns
from infra.local.function_logs import recent_lines
from infra.local.gateway_errors import Answer, gateway_error, in_our_form
from infra.local.http_server import BadRequest, BodyTooLarge, Handler, Server, forward
from infra.local.inbox import CONTENT_SECURITY_POLICY, INBOX_LINK, PAGE_SIZE, list_page, mail_page
from infra.local.ses.server import LocalSes
from infra.local.standin import Standin

MAX_PAYLOAD_BYTES = (
    10 * 1024 * 1024
)  # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
JSON = [("Content-Type", "application/json")]
HTML = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
]

CALLS_AT_ONCE = (os.cpu_count() or 1) + 1
"""Maximum number of concurrent calls of functions: enough to use the cores, and few enough that no call becomes slow."""
LONGEST_WAIT_S = 60
"""Maximum wait for a turn; only calls that hang cause such a wait."""


class PortTaken(Exception):
    pass


class Front:
    """A listener that answers 503 until `open` sets the address of the API. Raises PortTaken."""

    def __init__(self, port: int, *, host: str = "127.0.0.1") -> None:
        self.target: tuple[int, str] | None = None
        self.ses: LocalSes | None = None
        self.dns: LocalDns | None = None
        self.logs: Any = None
        self.turns = threading.BoundedSemaphore(CALLS_AT_ONCE)
        try:
            self._server = Server((host, port), _handler_for(self))
        except OSError as exc:
            raise PortTaken(f"Port {port} is taken. Choose another one: PORT={port + 1} make run") from exc
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, name="front", daemon=True).start()

    def open(self, *, standin: Standin, api_id: str, ses: LocalSes, dns: LocalDns | None = None) -> None:
        self.ses, self.dns = ses, dns
        self.logs = standin.client("logs")
        self.target = (standin.port, api_id)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler_for(front: Front) -> type[Handler]:
    class FrontHandler(Handler):
        max_body_bytes = MAX_PAYLOAD_BYTES

        def answer_request(self) -> None:
            try:
                body = self.read_body()
            except BodyTooLarge:
                self.answer(*gateway_error(413))
                return
            except BadRequest:
                self.answer(*gateway_error(400))
                return
            path = urlsplit(self.path).path
            if front.target is None or front.ses is None:
                self.answer(*gateway_error(503))
            elif path == "/" and self.command in ("GET", "HEAD"):
                self.answer(200, home_page(f"http://127.0.0.1:{front.port}", LINKS | INBOX_LINK).encode(), HTML)
            elif path == "/_local" or path.startswith("/_local/"):
                self.answer(*answer_local(front, front.ses, self.command, self.path, body))
            else:
                self.answer(*self._pass_on(front.target, body))

        def _pass_on(self, target: tuple[int, str], body: bytes) -> Answer:
            standin_port, api_id = target
            raw_path = self.path if self.path.startswith("/") else "/"
            path = quote(raw_path, safe=PRINTABLE, encoding="latin-1")  # raw bytes as escapes; escapes stay
            received = [
                (name, value) for name, value in self.headers.items() if not name.lower().startswith("x-forwarded-")
            ]
            headers = [
                *received,
                ("X-Forwarded-For", self.client_address[0]),
                ("X-Forwarded-Proto", "http"),
                ("X-Forwarded-Port", str(front.port)),
            ]
            target_path = f"/_aws/execute-api/{api_id}/$default{path}"
            if not front.turns.acquire(timeout=LONGEST_WAIT_S):
                return gateway_error(503)
            try:
                return in_our_form(forward(standin_port, self.command, target_path, headers, body))
            except (OSError, http.client.HTTPException, ValueError):
                return gateway_error(503)
            finally:
                front.turns.release()

    return FrontHandler


def answer_local(front: Front, ses: LocalSes, method: str, target: str, body: bytes) -> Answer:
    """Everything below /_local: what a developer looks at, and no part of the product."""
    parts = urlsplit(target)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    route = (("GET" if method == "HEAD" else method), unquote(parts.path).removeprefix("/_local").rstrip("/"))
    match route:
        case ("GET", ""):
            page = max(1, _number(query.get("page")) or 1)
            wanted = {"to": query.get("to") or None, "text": query.get("text") or None}
            mails = ses.mailbox.latest(limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE, **wanted)
            return 200, list_page(mails, total=ses.mailbox.count(**wanted), page=page, **wanted).encode(), HTML
        case ("GET", "/health"):
            return _json({"status": "ok"})
        case ("GET", "/mail"):
            limit, offset = _number(query.get("limit")), _number(query.get("offset")) or 0
            return _json(ses.mailbox.latest(limit=limit, offset=offset, to=query.get("to"), text=query.get("text")))
        case ("DELETE", "/mail"):
            ses.mailbox.clear()
            return 204, b"", []
        case ("GET", "/logs"):
            return _json(recent_lines(front.logs, function=query.get("function", ""), text=query.get("text", "")))
        case ("GET" | "PUT" as verb, "/ses"):
            return answer_limits(ses, verb, body)
        case ("GET" | "PUT" as verb, "/dns") if front.dns is not None:
            return answer_dns(front.dns, verb, body)
        case ("GET", path) if path.startswith("/mail/") and path.endswith(".eml"):
            raw = ses.mailbox.raw(path.removeprefix("/mail/").removesuffix(".eml"))
            headers = [("Content-Type", "message/rfc822"), ("X-Content-Type-Options", "nosniff")]
            return (200, raw, headers) if raw is not None else _missing()
        case ("GET", path) if path.startswith("/view/"):
            mail = ses.mailbox.get(path.removeprefix("/view/"))
            return (200, mail_page(mail).encode(), HTML) if mail else _missing()
        case _:
            return _missing()


def answer_limits(ses: LocalSes, method: str, body: bytes) -> Answer:
    """Show the sending limits, or change some while it runs: {"max_send_rate", "daily_quota", "paused"}."""
    if method == "GET":
        return _json(ses.account.as_settings())
    try:
        settings: dict[str, Any] = json.loads(body)
        ses.account.configure(**settings)
    except (ValueError, TypeError):
        return _json({"message": "Invalid body: expected a JSON object with max_send_rate, daily_quota, paused."}, 400)
    return _json(ses.account.as_settings())


def answer_dns(dns: LocalDns, method: str, body: bytes) -> Answer:
    """Show the records of the local name server, or set some: {"name", "type", "values"}; no values remove them."""
    if method == "GET":
        return _json(dns.records())
    try:
        record: dict[str, Any] = json.loads(body)
        dns.publish(record["name"], record["type"], *record["values"])
    except (ValueError, TypeError, KeyError, DNSException):
        message = "Invalid body: expected a JSON object with name, type and values, as those of a zone file."
        return _json({"message": message}, 400)
    return _json(dns.records())


def _json(value: object, status: int = 200) -> Answer:
    return status, json.dumps(value).encode(), JSON


def _missing() -> Answer:
    return _json({"message": "Not Found"}, 404)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
