"""Suppressed emails over HTTP: /suppressed-emails."""

from typing import Annotated

from functions.api.audience.schemas_suppressions import (
    CreateSuppressedEmail,
    CreateSuppressedEmailResponse,
    DeleteSuppressedEmailResponse,
    SuppressedEmailResponse,
    SuppressedEmailsResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.filtering import parse_filter
from postrider.http.main.paging import UnboundedPageRequest
from postrider.http.main.wire import Filter, SuppressionPath
from postrider.suppressions.model import Suppression
from postrider.suppressions.service import SuppressionService
from postrider.usecases.suppress_address import AddressSuppression

operations = Operations("Suppressed Email", MAIN)
Suppressions = Annotated[SuppressionService, Depends(bootstrap.suppressions)]
Suppressing = Annotated[AddressSuppression, Depends(bootstrap.address_suppression)]
Reader = Annotated[Caller, Depends(needs("suppressions:read"))]
Writer = Annotated[Caller, Depends(needs("suppressions:write"))]

ERASED = ""
"""The address in responses for the entry of an erased person; the entry is still effective."""


def _read(entry: Suppression) -> SuppressedEmailResponse:
    return SuppressedEmailResponse(email=entry.pattern or ERASED, source=entry.source.value)


@operations.get("/suppressed-emails", "List suppressed emails")
def list_suppressed_emails(
    caller: Reader, suppressions: Suppressions, paging: UnboundedPageRequest, filter_text: Filter = None
) -> SuppressedEmailsResponse:
    """Return a page of the addresses and patterns that the account never mails."""
    paging.check()
    emails = parse_filter(filter_text, allowed=("email",)).get("email")
    if emails is None:
        entries = suppressions.page(caller.account_id, number=paging.page, per_page=paging.per_page)
        count = suppressions.count(caller.account_id) if paging.with_count else None
    else:
        matching = suppressions.among(caller.account_id, emails)
        entries, count = matching[paging.start : paging.start + paging.per_page], len(matching)
    return SuppressedEmailsResponse(pagination=paging.pagination(count), data=[_read(entry) for entry in entries])


@operations.post("/suppressed-emails", "Suppress an email", status=201)
def create_suppressed_email(
    caller: Writer, suppression: Suppressing, body: CreateSuppressedEmail
) -> CreateSuppressedEmailResponse:
    """Suppress an address, `*@domain` or `local@*` in the whole account.

    Contacts that it covers are no longer mailed. Repeating it changes nothing.
    """
    entry = suppression.suppress(caller.account_id, body.email)
    return CreateSuppressedEmailResponse(email=entry.pattern or ERASED, created=True)


@operations.delete("/suppressed-emails/{email}", "Remove the suppression of an email")
def delete_suppressed_email(
    caller: Writer, suppression: Suppressing, email: SuppressionPath
) -> DeleteSuppressedEmailResponse:
    """Remove the suppression of an address or pattern.

    Unsubscribed contacts stay unsubscribed. Refused with 400 if the person has requested the suppression or complained. The
    entry of an erased person is removed by `POST /people/lift-erasure`.
    """
    entry = suppression.lift(caller.account_id, email)
    return DeleteSuppressedEmailResponse(email=entry.pattern or email, deleted=True)
