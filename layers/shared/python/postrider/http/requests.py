"""Events of the HTTP API in the form that routes expect."""

import base64

from postrider.http.bodies import JSON
from postrider.http.dialect import Before, Event

BODILESS = frozenset({"GET", "HEAD", "DELETE"})
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def decoded(event: Event) -> Event:
    """Return the event with the percent signs of its path decoded.

    The HTTP API decodes every escape of a path but %25, and cuts the path at a decoded question mark.
    """
    return _with_path(event, event["rawPath"].replace("%25", "%"))


def normalised(event: Event) -> Event:
    """Return the event as tolerant dialects read it.

    A slash at the end of the path goes; a body of GET, HEAD and DELETE goes, and so does a blank body or `null`; any
    other body that is no form is JSON, whatever its content type, and is text.
    """
    path = event["rawPath"]
    event = _with_path(event, path.rstrip("/") if path.count("/") > 1 else path)
    kind = next((value for name, value in event["headers"].items() if name.lower() == "content-type"), "")
    if kind.lower().startswith(FORMS):
        return event
    headers = {name: value for name, value in event["headers"].items() if name.lower() != "content-type"}
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body).decode("utf-8", errors="surrogateescape")
    event = {name: value for name, value in event.items() if name != "body"} | {"isBase64Encoded": False}
    if event["requestContext"]["http"]["method"] in BODILESS or body.strip() in ("", "null"):
        return event | {"headers": headers}
    return event | {"headers": {**headers, "content-type": JSON}, "body": body}


def below(old: str, new: str) -> Before:
    """Return a step that reads paths below the prefix `old` as those below `new`: both begin and end with a slash."""

    def moved(event: Event) -> Event:
        path = event["rawPath"]
        return _with_path(event, new + path.removeprefix(old)) if path.startswith(old) else event

    return moved


def _with_path(event: Event, path: str) -> Event:
    context = event["requestContext"]
    return event | {"rawPath": path, "requestContext": context | {"http": context["http"] | {"path": path}}}
