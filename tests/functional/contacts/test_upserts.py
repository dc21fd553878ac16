"""Creating or updating one contact with a change of its status; seen over HTTP where the main API shows it."""

import pytest

from postrider import bootstrap
from postrider.contacts.identifiers import Identifier
from postrider.contacts.model import StatusChange, WithdrawnBy
from postrider.contacts.upsert_requests import ContactValues, UpsertMode
from postrider.kit.errors import Conflict, Invalid, NotFound
from postrider.suppressions.model import SuppressionSource
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.forms import mails_to
from tests.testing.factories.lists import make_list
from tests.testing.names import named


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture
def list_id(owner):
    list_id = make_list(owner)
    for name in ("city", "nickname"):
        owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": name, "type": "text"})
    return list_id


def upsert(owner, list_id, email="a@example.com", **options):
    values = {name: options.pop(name) for name in ("attributes", "groups", "interests") if name in options}
    draft = ContactValues(email=email, **values)
    return bootstrap.contact_upserts().upsert(owner.account_id, list_id, draft, **options)


def listed(owner, list_id, **query):
    page = owner.api.get(f"/lists/{list_id}/contacts", query={"with_count": "true", **query}).json
    assert page["pagination"]["count"] == len(page["data"])
    return [contact["email"] for contact in page["data"]]


@pytest.mark.parametrize(
    ("status_change", "status", "withdrawn_by"),
    [
        (StatusChange.KEEP, "active", None),
        (StatusChange.SUBSCRIBE, "active", None),
        (StatusChange.REQUEST_CONFIRMATION, "pending", None),
        (StatusChange.UNSUBSCRIBE, "unsubscribed", WithdrawnBy.ACCOUNT),
        (StatusChange.MARK_INVALID, "invalid", WithdrawnBy.BOUNCE),
        (StatusChange.ARCHIVE, "archived", WithdrawnBy.ACCOUNT),
    ],
)
def test_a_status_change_applies_to_new_and_known_contacts(
    owner, platform, list_id, status_change, status, withdrawn_by
):
    new, known = f"new.{list_id}@example.com", f"known.{list_id}@example.com"
    owner.api.post(f"/lists/{list_id}/contacts", json={"email": known})
    for email, created in ((new, True), (known, False)):
        upserted = upsert(owner, list_id, email, status_change=status_change)
        assert (upserted.created, upserted.contact.status, upserted.contact.withdrawn_by) == (
            created,
            status,
            withdrawn_by,
        )
        shown = owner.api.get(f"/lists/{list_id}/contacts/{upserted.contact.id}").json["data"]
        assert shown["status"] == status
        assert len(mails_to(platform, email)) == (1 if status_change == StatusChange.REQUEST_CONFIRMATION else 0)


def leave(owner, contact):
    key = owner.account_id, contact.list_id, contact.id
    contacts = bootstrap.contacts()
    return {
        "person": lambda: contacts.unsubscribe(*key, by=WithdrawnBy.PERSON),
        "complaint": lambda: contacts.mark_complained(*key, event_id="c"),
        "bounce": lambda: contacts.mark_bounced(*key, kind="hard", hard=True, event_id="b"),
        "global_unsubscribe": lambda: (
            bootstrap.address_suppression().suppress(
                owner.account_id, contact.address, SuppressionSource.GLOBAL_UNSUBSCRIBE
            )
            and contacts.unsubscribe(*key)
        ),
    }


@pytest.mark.parametrize("reason", ["person", "complaint", "bounce", "global_unsubscribe"])
@pytest.mark.parametrize("archived", [False, True])
def test_the_account_cannot_subscribe_a_person_who_left_and_nothing_is_written(owner, list_id, reason, archived):
    contact = upsert(owner, list_id, f"{reason}.{list_id}@example.com").contact
    leave(owner, contact)[reason]()
    if archived:
        upsert(owner, list_id, contact.email, status_change=StatusChange.ARCHIVE)
    before = bootstrap.contacts().get(owner.account_id, list_id, contact.id)
    with pytest.raises(Invalid) as refused:
        upsert(owner, list_id, contact.email, status_change=StatusChange.SUBSCRIBE, attributes={"city": "Bern"})
    assert (refused.value.code, refused.value.details) == ("in_compliance_state", {"reason": reason})
    assert bootstrap.contacts().get(owner.account_id, list_id, contact.id) == before


def test_the_account_can_subscribe_contacts_again_after_its_own_unsubscription(owner, list_id):
    for status_change in (StatusChange.UNSUBSCRIBE, StatusChange.ARCHIVE):
        upsert(owner, list_id, status_change=status_change)
        contact = upsert(owner, list_id, status_change=StatusChange.SUBSCRIBE).contact
        assert (contact.status, contact.withdrawn_by) == ("active", None)


def test_the_account_cannot_confirm_a_pending_contact(owner, list_id):
    contact = upsert(owner, list_id).contact
    leave(owner, contact)["person"]()
    assert upsert(owner, list_id, status_change=StatusChange.REQUEST_CONFIRMATION).contact.status == "pending"
    assert upsert(owner, list_id, status_change=StatusChange.SUBSCRIBE).contact.status == "pending"


@pytest.mark.parametrize("status_change", [StatusChange.REQUEST_CONFIRMATION, StatusChange.ARCHIVE])
def test_the_account_cannot_replace_the_person_as_cause_of_a_departure(owner, list_id, status_change):
    contact = upsert(owner, list_id).contact
    leave(owner, contact)["person"]()
    upsert(owner, list_id, status_change=status_change)
    assert upsert(owner, list_id, status_change=StatusChange.UNSUBSCRIBE).contact.withdrawn_by == WithdrawnBy.PERSON
    with pytest.raises(Invalid):
        upsert(owner, list_id, status_change=StatusChange.SUBSCRIBE)


def test_archived_contacts_are_listed_counted_and_exported_only_when_asked_for(owner, list_id):
    upsert(owner, list_id, "kept@example.com", status_change=StatusChange.ARCHIVE)
    upsert(owner, list_id, "shown@example.com")
    assert listed(owner, list_id) == ["shown@example.com"]
    for sort in ("id", "email", "status"):
        assert listed(owner, list_id, filter="status==archived", sort=sort) == ["kept@example.com"]
    report = owner.api.get(f"/reports/lists/{list_id}").json["data"]
    assert sum(number for name, number in report.items() if name.endswith("_contacts")) == 2, "active and mailable"
    counted = bootstrap.contacts().counts(owner.account_id, list_id)
    assert {status.value: number for status, number in counted.items() if number} == {"active": 1, "archived": 1}


def test_modes_say_which_contacts_may_be_written(owner, list_id):
    with pytest.raises(NotFound):
        upsert(owner, list_id, mode=UpsertMode.EXISTING_ONLY)
    assert upsert(owner, list_id, mode=UpsertMode.NEW_ONLY, attributes={"city": "Bern", "nickname": "A"}).created
    with pytest.raises(Conflict):
        upsert(owner, list_id, mode=UpsertMode.NEW_ONLY)
    kept = upsert(owner, list_id, attributes={"city": "Basel"}).contact
    again = bootstrap.contacts().get(owner.account_id, list_id, kept.id)
    assert named(again).attributes == {"city": "Basel", "nickname": "A"}
    bootstrap.contacts().unsubscribe(owner.account_id, list_id, kept.id)
    replaced = upsert(owner, list_id, mode=UpsertMode.REPLACE, attributes={"city": "Zug"}).contact
    assert named(replaced).attributes == {"city": "Zug"}
    assert replaced.status == "unsubscribed", "consent is no value"


def test_a_contact_is_named_by_its_id_and_gets_another_address(owner, list_id):
    contact = upsert(owner, list_id, f"before.{list_id}@example.com").contact
    after = f"after.{list_id}@example.com"
    moved = upsert(owner, list_id, after, identifier=Identifier.contact_id(contact.id))
    assert (moved.created, moved.contact.id, moved.contact.email) == (False, contact.id, after)
