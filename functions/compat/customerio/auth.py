"""Define the two APIs of Customer.io as dialects: the App API with a key, the Track API with site id and key."""

from functions.compat.customerio.errors import APP_RESPONSES, ERRORS, TRACK_ERRORS, TRACK_RESPONSES
from functions.compat.customerio.limits import add_day_limit_headers, allowance_of
from postrider.http.credentials import caller_by_header, header_security
from postrider.http.dialect import Dialect
from postrider.http.requests import below, normalised

NAME, TRACK_NAME = "customerio", "customerio-track"
GENERAL_ERRORS = (401, 403, 409, 429)
OLD_PREFIX, PREFIX = "/v1/api/", "/v1/"
"""A prefix of an older edition of the App API, which some programs still use."""
CUSTOMERIO = Dialect(
    name=NAME,
    identify=caller_by_header(NAME),
    answers=APP_RESPONSES,
    security=header_security(NAME),
    errors=ERRORS,
    usual_errors=(401,),
    general_errors=GENERAL_ERRORS,
    before=(normalised, below(OLD_PREFIX, PREFIX)),
    after=(add_day_limit_headers,),
    allowance_of=allowance_of,
    is_strict=lambda headers: (headers.get("x-validate") or "").strip().lower() == "strict",
    spanning=frozenset({"customer_id", "object_id", "snippet_name"}),
)
TRACK = Dialect(
    name=TRACK_NAME,
    identify=caller_by_header(TRACK_NAME),
    answers=TRACK_RESPONSES,
    security=header_security(TRACK_NAME),
    errors=TRACK_ERRORS,
    usual_errors=(400, 401),
    general_errors=GENERAL_ERRORS,
    before=(normalised,),
    spanning=frozenset({"identifier", "device_id"}),
)
