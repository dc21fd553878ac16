"""Tags and interests of contacts over HTTP, for one contact or for many."""

from typing import Annotated

from functions.api.audience.schemas_contacts import (
    AddInterestsToContacts,
    AddInterestsToMultipleContactsResponse,
    RemoveInterestsFromContacts,
    RemoveInterestsFromMultipleContactsResponse,
    TagContact,
    TagContactResponse,
    TagMultipleContacts,
    TagMultipleContactsResponse,
    UntagContactResponse,
    UntagMultipleContacts,
    UntagMultipleContactsResponse,
)
from postrider import bootstrap
from postrider.contacts.rules import MembershipChange
from postrider.contacts.service import ContactService
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.wire import ContactId, ListId
from postrider.usecases.change_contacts import ChosenContacts, MembershipChanges

operations = Operations("Contact", MAIN)
Contacts = Annotated[ContactService, Depends(bootstrap.contacts_by_given_id)]
Changes = Annotated[MembershipChanges, Depends(bootstrap.membership_changes)]
Writer = Annotated[Caller, Depends(needs("contacts:write"))]

Many = TagMultipleContacts | UntagMultipleContacts | AddInterestsToContacts | RemoveInterestsFromContacts


def _chosen(caller: Caller, changes: MembershipChanges, list_id: int, body: Many) -> ChosenContacts:
    bootstrap.lists().get(caller.account_id, list_id)
    return changes.choose(
        caller.account_id,
        list_id,
        contact_ids=body.contact_ids or (),
        expressions={"query": body.query, "fiql": body.fiql, "json": body.json_},
    )


@operations.post("/lists/{list_id}/contacts/tag", "Tag contacts")
def tag_multiple_contacts(
    caller: Writer, changes: Changes, list_id: ListId, body: TagMultipleContacts
) -> TagMultipleContactsResponse:
    """Tag many contacts, by ids or by one of query, fiql and json.

    A tag that does not exist is created. At most 1,024 tags and 1,024 ids in one call. Contacts of an expression,
    many contacts and those of a running import are changed in the background, as a task. Refused with 400: unknown
    ids.
    """
    chosen = _chosen(caller, changes, list_id, body)  # before the tags are created
    groups = bootstrap.groups().ensure(caller.account_id, body.tags)
    changes.change(caller, chosen, MembershipChange(add_groups=frozenset(groups.values())))
    return TagMultipleContactsResponse(tagged=True)


@operations.post("/lists/{list_id}/contacts/untag", "Untag contacts")
def untag_multiple_contacts(
    caller: Writer, changes: Changes, list_id: ListId, body: UntagMultipleContacts
) -> UntagMultipleContactsResponse:
    """Remove tags from many contacts, by ids or by one of query, fiql and json.

    At most 1,024 tags and 1,024 ids in one call. Contacts of an expression, many contacts and those of a running
    import are changed in the background, as a task. Refused with 400: unknown ids.
    """
    chosen = _chosen(caller, changes, list_id, body)
    groups = bootstrap.groups().ids_of(caller.account_id, body.tags)
    changes.change(caller, chosen, MembershipChange(remove_groups=frozenset(groups.values())))
    return UntagMultipleContactsResponse(untagged=True)


@operations.post("/lists/{list_id}/contacts/add-interests", "Add interests to contacts")
def add_interests_to_contacts(
    caller: Writer, changes: Changes, list_id: ListId, body: AddInterestsToContacts
) -> AddInterestsToMultipleContactsResponse:
    """Add interests to many contacts, by ids or by one of query, fiql and json.

    At most 1,024 ids in one call. Every interest must exist on the list. Contacts of an expression and those of a
    running import are changed in the background, as a task. Refused with 400: unknown ids.
    """
    chosen = _chosen(caller, changes, list_id, body)
    interests = bootstrap.interests().require(caller.account_id, list_id, body.interests)
    changes.change(caller, chosen, MembershipChange(add_interests=frozenset(interests.values())))
    return AddInterestsToMultipleContactsResponse(object="interests", added=True)


@operations.post("/lists/{list_id}/contacts/remove-interests", "Remove interests from contacts")
def remove_interests_from_contacts(
    caller: Writer, changes: Changes, list_id: ListId, body: RemoveInterestsFromContacts
) -> RemoveInterestsFromMultipleContactsResponse:
    """Remove interests from many contacts, by ids or by one of query, fiql and json.

    At most 1,024 ids in one call. Contacts of an expression and those of a running import are changed in the
    background, as a task. Refused with 400: unknown ids.
    """
    chosen = _chosen(caller, changes, list_id, body)
    interests = bootstrap.interests().ids_of(caller.account_id, list_id, body.interests)
    changes.change(caller, chosen, MembershipChange(remove_interests=frozenset(interests.values())))
    return RemoveInterestsFromMultipleContactsResponse(object="interests", removed=True)


@operations.post("/lists/{list_id}/contacts/{contact_id}/tag", "Tag a contact", deprecated=True)
def tag_contact(
    caller: Writer, contacts: Contacts, list_id: ListId, contact_id: ContactId, body: TagContact
) -> TagContactResponse:
    """Add tags to one contact. Deprecated: use the operation for many contacts."""
    contacts.get(caller.account_id, list_id, contact_id)  # before the tags are created
    change = MembershipChange(add_groups=frozenset(bootstrap.groups().ensure(caller.account_id, body.tags).values()))
    contacts.change_memberships(caller.account_id, list_id, contact_id, change)
    return TagContactResponse(tagged=True)


@operations.post("/lists/{list_id}/contacts/{contact_id}/untag", "Untag a contact", deprecated=True)
def untag_contact(
    caller: Writer, contacts: Contacts, list_id: ListId, contact_id: ContactId, body: TagContact
) -> UntagContactResponse:
    """Remove tags from one contact. Deprecated: use the operation for many contacts."""
    change = MembershipChange(remove_groups=frozenset(bootstrap.groups().ids_of(caller.account_id, body.tags).values()))
    contacts.change_memberships(caller.account_id, list_id, contact_id, change)
    return UntagContactResponse(untagged=True)
