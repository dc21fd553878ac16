"""Convert events of the HTTP API to the form that routes expect."""

import base64

from postrider.http.bodies import JSON
from postrider.http.dialect import Before, Event
from postrider.kit.errors import Invalid

BODILESS = frozenset({"GET", "HEAD", "DELETE"})
OVERRIDE = "x-http-method-override"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def decoded(event: Event) -> Event:
    """Return the event with a completely decoded path.

    The HTTP API decodes all escapes of a path except %25, and cuts the path at a decoded question mark.
    """
    return _with_path(event, event["rawPath"].replace("%25", "%"))


def normalised(event: Event) -> Event:
    """Return the event in the form for tolerant dialects.

    A trailing slash of the path is removed, and so is a body of GET, HEAD and DELETE, a blank body, and `null`. Any other
    body that is not a form is treated as JSON text, independent of its content type.
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


def overridden_method(event: Event) -> Event:
    """Return the event with the method in X-HTTP-Method-Override, for programs behind proxies that only pass GET and POST.

    Raises Invalid for a method other than POST.
    """
    wanted = next((value for name, value in event["headers"].items() if name.lower() == OVERRIDE), "").strip()
    if not wanted:
        return event
    context = event["requestContext"]
    if context["http"]["method"] != "POST":
        reason = "X-HTTP-Method-Override is only allowed on POST."
        raise Invalid(reason, code="method_override_invalid")
    return event | {"requestContext": context | {"http": context["http"] | {"method": wanted.upper()}}}


def below(old: str, new: str) -> Before:
    """Return a step that replaces the prefix `old` of a path by `new`; both begin and end with a slash."""

    def moved(event: Event) -> Event:
        path = event["rawPath"]
        return _with_path(event, new + path.removeprefix(old)) if path.startswith(old) else event

    return moved


def _with_path(event: Event, path: str) -> Event:
    context = event["requestContext"]
    return event | {"rawPath": path, "requestContext": context | {"http": context["http"] | {"path": path}}}
