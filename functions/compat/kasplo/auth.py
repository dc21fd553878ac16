"""Define the Kasplo API as a dialect: the sid in the path and the key in a header are one credential."""

from functions.compat.kasplo.errors import ANSWERS, ERRORS
from postrider.http.credentials import caller_by_header, header_security
from postrider.http.dialect import Dialect
from postrider.http.requests import normalised

NAME = "kasplo"
KASPLO = Dialect(
    name=NAME,
    identify=caller_by_header(NAME),
    answers=ANSWERS,
    security=header_security(NAME),
    errors=ERRORS,
    usual_errors=(400, 401, 403, 429),
    before=(normalised,),
)
