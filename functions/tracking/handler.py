"""Entry point of the tracking endpoints. It imports no web framework: mail programs fetch pixels in bursts."""

from typing import Any

from functions.tracking import endpoints
from postrider.kit.actors import Origin, begin_call
from postrider.kit.errors import NotFound
from postrider.kit.observability import logger, publish
from postrider.tracking import pages
from postrider.web.requests import headers_of, language_of
from postrider.web.responses import WebResponse, page

ROUTES = {
    "GET /o/{token}": endpoints.fetch_pixel,
    "HEAD /o/{token}": endpoints.look_for_pixel,
    "GET /c/{token}": endpoints.follow_link,
    "HEAD /c/{token}": endpoints.follow_link,
    "GET /u/{token}": endpoints.unsubscribe_page,
    "HEAD /u/{token}": endpoints.unsubscribe_page,
    "POST /u/{token}": endpoints.unsubscribe,
    "GET /g/{token}": endpoints.ask_unsubscribe_globally,
    "HEAD /g/{token}": endpoints.ask_unsubscribe_globally,
    "POST /g/{token}": endpoints.unsubscribe_globally,
}


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    http = event["requestContext"]["http"]
    method = http["method"]
    begin_call(ip=http.get("sourceIp"), origin=Origin.PERSON)
    _, name, token = event["rawPath"].split("/", 2)
    route = f"{method} /{name}/{{token}}"
    answer = _answer(route, event, token)
    publish()
    logger.info(
        "request",
        method=method,
        route=route,
        status=answer.status,
        request_id=event["requestContext"].get("requestId"),
    )
    return answer.proxy_result(is_head=method == "HEAD")


def _answer(route: str, event: dict[str, Any], token: str) -> WebResponse:
    try:
        return ROUTES[route](event, token)
    except NotFound:
        return page(pages.invalid_link(language_of(headers_of(event))), status=404)
    except Exception as exc:
        logger.exception("fault", exc_info=exc)
        return WebResponse(500, "application/json", '{"detail":"Internal Server Error"}', {})
