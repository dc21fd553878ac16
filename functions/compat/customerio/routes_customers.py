"""People over Customer.io's App API: /v1/customers."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.paging import Limit, Start, clamped
from functions.compat.customerio.people import default_list_id, find_person
from functions.compat.customerio.render_customers import customer_of
from functions.compat.customerio.schemas_customers import CustomerList, CustomerPage, CustomerResponse, CustomerSearch
from functions.compat.customerio.translate_filters import people_tree
from functions.compat.customerio.translate_identifiers import IdType, identifier_of, identifiers_of
from postrider import bootstrap
from postrider.contacts.identifiers import Identifier
from postrider.http import Caller, Depends, Operations

operations = Operations("Customers", CUSTOMERIO)
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("contacts:read"))]
CustomerId = Annotated[str, Path(alias="customer_id", description="An identifier of the person, see id_type.")]


@operations.get("/v1/customers", "Find people by address", errors=(400, 401, 403, 429))
def list_customers_by_email(
    caller: Reader, email: Annotated[str, Query(description="In any spelling.")]
) -> CustomerList:
    """Return the person with this address, or none: an address belongs to at most one person."""
    contact = find_person(caller.account_id, Identifier.email(email))
    return CustomerList(results=[] if contact is None else [identifiers_of(contact)])


@operations.post("/v1/customers", "Find people by a filter", errors=(400, 401, 403, 429))
def search_customers(caller: Reader, body: CustomerSearch, start: Start = None, limit: Limit = None) -> CustomerPage:
    """Return a page of the matching people, in order of creation.

    A page may be short, or empty, while `next` is not blank.
    """
    page = bootstrap.people_search().page(
        caller.account_id,
        people_tree(caller.account_id, body.filter.model_dump(by_alias=True, exclude_unset=True)),
        limit=clamped(limit),
        cursor=start or None,
    )
    people = [identifiers_of(contact) for contact in page.items]
    return CustomerPage(identifiers=people, ids=[person.id or "" for person in people], next=page.next_cursor or "")


@operations.get(
    "/v1/customers/{customer_id}/attributes", "Get the attributes of a person", errors=(400, 401, 403, 404, 429)
)
def get_customer_attributes(
    caller: Reader,
    customer_id: CustomerId,
    id_type: Annotated[IdType, Query(alias="id_type", description="What customer_id is.")] = IdType.ID,
) -> CustomerResponse:
    """Return identifiers, attributes and devices. An id may contain slashes."""
    contact = bootstrap.contacts_by_given_id().by_identifier(
        caller.account_id, default_list_id(caller.account_id), identifier_of(customer_id, id_type)
    )
    return CustomerResponse(customer=customer_of(contact))
