"""Interests over HTTP: /lists/{list_id}/interests."""

from typing import Annotated

from functions.api.audience.schemas_interests import (
    CreateInterest,
    InterestCreatedResponse,
    InterestDeletedResponse,
    InterestFullResponse,
    InterestPatchedResponse,
    InterestResponse,
    InterestsResponse,
    PatchInterest,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import UnboundedPageRequest
from postrider.http.main.wire import InterestName, ListIdUnbounded
from postrider.interests.model import Interest
from postrider.interests.service import InterestService
from postrider.usecases.delete_labels import NameDeletion

operations = Operations("Interest", MAIN)
Interests = Annotated[InterestService, Depends(bootstrap.interests)]
Deletions = Annotated[NameDeletion, Depends(bootstrap.label_deletion)]
Reader = Annotated[Caller, Depends(needs("interests:read"))]
Writer = Annotated[Caller, Depends(needs("interests:write"))]


def _full(interest: Interest, usage: dict[int, int]) -> InterestFullResponse:
    return InterestFullResponse(name=interest.name, alias=interest.alias, usage=usage.get(interest.id, 0))


@operations.get("/lists/{list_id}/interests", "List interests")
def list_interests(
    caller: Reader, interests: Interests, list_id: ListIdUnbounded, paging: UnboundedPageRequest
) -> InterestsResponse:
    """Return a page of the interests of a list."""
    all_interests = interests.all(caller.account_id, list_id)
    usage = bootstrap.contacts().interest_usage(caller.account_id, list_id)
    pagination, items = listing(all_interests, paging)
    return InterestsResponse(pagination=pagination, data=[_full(interest, usage) for interest in items])


@operations.post("/lists/{list_id}/interests", "Create an interest", status=201)
def create_interest(
    caller: Writer, interests: Interests, list_id: ListIdUnbounded, body: CreateInterest
) -> InterestCreatedResponse:
    """Create an interest on a list.

    Refused with 400: a name that the list already has, and more than 256 interests.
    """
    interest = interests.create(caller.account_id, list_id, name=body.name, alias=body.alias)
    return InterestCreatedResponse(object="interest", created=True, data=_full(interest, {}))


@operations.get("/lists/{list_id}/interests/{interest_name}", "Show an interest")
def get_interest(
    caller: Reader, interests: Interests, list_id: ListIdUnbounded, interest_name: InterestName
) -> InterestResponse:
    """Return one interest by its name."""
    interest = interests.get(caller.account_id, list_id, interest_name)
    usage = bootstrap.contacts().interest_usage(caller.account_id, list_id)
    return InterestResponse(data=_full(interest, usage))


@operations.patch("/lists/{list_id}/interests/{interest_name}", "Change an interest")
def patch_interest(
    caller: Writer,
    interests: Interests,
    list_id: ListIdUnbounded,
    interest_name: InterestName,
    body: PatchInterest,
) -> InterestPatchedResponse:
    """Rename an interest or change its alias.

    Contacts and segments use the new name. Refused with 400 if the list already has an interest with this name.
    """
    interest = interests.change(
        caller.account_id,
        list_id,
        interest_name,
        new_name=body.name,
        alias=body.alias,
        set_alias="alias" in body.model_fields_set,
    )
    usage = bootstrap.contacts().interest_usage(caller.account_id, list_id)
    return InterestPatchedResponse(object="interest", patched=True, data=_full(interest, usage))


@operations.delete("/lists/{list_id}/interests/{interest_name}", "Delete an interest")
def delete_interest(
    caller: Writer, deletions: Deletions, list_id: ListIdUnbounded, interest_name: InterestName
) -> InterestDeletedResponse:
    """Delete an interest, also from all contacts.

    Refused with 400 while a segment uses it.
    """
    interest = deletions.delete_interest(caller.account_id, list_id, interest_name)
    usage = bootstrap.contacts().interest_usage(caller.account_id, list_id)
    return InterestDeletedResponse(object="interest", deleted=True, data=_full(interest, usage))
