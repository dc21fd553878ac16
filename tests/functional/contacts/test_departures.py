"""A departure remains stored with its address, and applies to the next contact with this address."""

from dataclasses import replace
from itertools import cycle

import pytest

from postrider import bootstrap
from postrider.contacts import rules, scans
from postrider.contacts.address import parse
from postrider.contacts.bulk_rows import ContactRow, WriteOptions
from postrider.contacts.claims import ContactClaims
from postrider.contacts.departures import StoredDepartures
from postrider.contacts.model import WithdrawnBy
from postrider.contacts.repository import ContactRepository
from postrider.contacts.service import ContactService
from postrider.tracking.tokens import MailToken, TokenPurpose
from tests.testing.customerio import TRACK, make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.forms import confirmation_path, mails_to, make_form, sign_up
from tests.testing.harness import Api

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class World:
    """The people of the default list of a new account, which both APIs name by their addresses."""

    def __init__(self):
        self.owner = make_owner()
        self.track = make_client(self.owner, TRACK)
        self.account_id = self.owner.account_id
        self.list_id = bootstrap.lists().default(self.account_id).id
        self.path = f"/lists/{self.list_id}/contacts"
        self.form_id = make_form(self.owner, list_id=self.list_id, double_opt_in=False)

    def add(self, email, **query):
        answer = self.owner.api.post(self.path, json={"email": email}, query=query)
        assert answer.status == 201, answer.text
        return answer.json["id"]

    def put(self, identifier, **members):
        assert self.track.put(f"/api/v1/customers/{identifier}", members).status == 200

    def delete(self, email):
        assert self.owner.api.delete(f"{self.path}/{self.find(email).id}").status == 200

    def change(self, email, new):
        answer = self.owner.api.patch(f"{self.path}/{self.find(email).id}", json={"email": new})
        assert answer.status == 200, answer.text

    def use_link(self, contact_id):
        token = MailToken(account_id=self.account_id, list_id=self.list_id, contact_id=contact_id, source=None)
        link = bootstrap.mail_tokens().make(TokenPurpose.UNSUBSCRIBE, token)
        assert Api().post(f"/u/{link}", form=ONE_CLICK).status == 200

    def add_leaver(self, email, external_id):
        """Add a person who leaves by the link of a mail."""
        self.put(external_id, email=email)
        self.use_link(self.find(email).id)

    def find(self, email):
        return bootstrap.contacts().find(self.account_id, self.list_id, email)

    def state(self, email):
        contact = self.find(email)
        return None if contact is None else (contact.status, contact.withdrawn_by)


@pytest.fixture(scope="module")
def world(platform):
    return World()


def id_of(email):
    """Return an id that is not taken for an address."""
    return email.replace("@", "-at-")


def merge_away(world, email):
    world.put(f"kept-{email}", email=f"kept-{email}")
    people = {"primary": {"email": f"kept-{email}"}, "secondary": {"email": email}}
    assert world.track.post("/api/v1/merge_customers", people).status == 200


def leave_after_deletion(world, email):
    """Subscribe the person again, and let the link of a mail be used after the deletion."""
    contact_id = world.add(email, resubscribe="true")
    world.delete(email)
    world.use_link(contact_id)


FREED = {
    "deleted": World.delete,
    "deleted over Track": lambda world, email: world.track.delete(f"/api/v1/customers/{email}"),
    "changed": lambda world, email: world.change(email, f"new-{email}"),
    "identified with another": lambda world, email: world.put(email, email=f"new-{email}"),
    "taken away": lambda world, email: world.put(id_of(email), email=None),
    "merged away": merge_away,
    "deleted before": leave_after_deletion,
}


KEPT_AS = {"changed": "new", "identified with another": "new", "merged away": "kept"}
"""Beginnings of the addresses of contacts that are left."""


def change_another(world, email):
    world.add(f"other-{email}")
    world.change(f"other-{email}", email)


def identify_another(world, email):
    world.put(f"other-id-{email}", email=f"other-{email}")
    world.put(f"other-id-{email}", email=email, unsubscribed=False)


def import_it(world, email):
    path = f"/lists/{world.list_id}/import-contacts"
    assert world.owner.api.post(path, json={"contacts": [{"email": email}]}).status == 201


TAKEN = {
    "added": World.add,
    "changed": change_another,
    "identified": lambda world, email: world.put(email, unsubscribed=False),
    "identified with it": identify_another,
    "imported": import_it,
    "signed up": lambda world, email: sign_up(world.form_id, email),
}


def test_a_contact_with_a_departed_address_starts_unsubscribed(platform, monkeypatch):
    """Whatever frees an address stores the same, so that each way to take it is tried after one or two of them."""
    world = World()
    emails = {pair: f"{number}@example.com" for number, pair in enumerate(zip(FREED, cycle(TAKEN), strict=False))}
    for (freed, _), email in emails.items():
        world.add_leaver(email, id_of(email))
        FREED[freed](world, email)
    known = ContactRepository().claims.known(world.account_id, world.list_id, emails.values())
    assert (dict(known.claims), known.departures) == ({}, dict.fromkeys(emails.values(), WithdrawnBy.PERSON))
    monkeypatch.setattr(scans, "BLOCK_SIZE", 2)  # an examination of free addresses ends early
    query = {"sort": "email", "per_page": 3, "with_count": "true"}
    pages = [world.owner.api.get(world.path, query=query | {"page": number}).json for number in (1, 2)]
    listed = [contact["email"] for page in pages for contact in page["data"]]
    assert listed == sorted(f"{kind}-{emails[pair]}" for pair in emails if (kind := KEPT_AS.get(pair[0])))
    assert [page["pagination"]["count"] for page in pages] == [len(listed)] * 2
    for (_, taken), email in emails.items():
        TAKEN[taken](world, email)
    platform.drain("add-contacts")
    states = {pair: world.state(email) for pair, email in emails.items()}
    assert states == dict.fromkeys(emails, ("unsubscribed", WithdrawnBy.PERSON))


def test_only_the_person_can_resubscribe(world, platform):
    world.add_leaver("back@example.com", "back")
    world.delete("back@example.com")
    sign_up(world.form_id, "back@example.com")
    (mail,) = mails_to(platform, "back@example.com")
    assert world.state("back@example.com") == ("unsubscribed", WithdrawnBy.PERSON)
    Api().post(confirmation_path(mail), form={})
    assert world.state("back@example.com") == ("active", None)
    world.delete("back@example.com")
    world.add("back@example.com")
    assert world.state("back@example.com") == ("active", None), "nothing is kept of a departure that is over"


@pytest.mark.parametrize(
    ("act", "status", "withdrawn_by"),
    [
        ({"by": WithdrawnBy.ACCOUNT}, "active", None),
        ({"by": WithdrawnBy.BOUNCE}, "invalid", WithdrawnBy.BOUNCE),
        ({"by": WithdrawnBy.COMPLAINT}, "flagged", WithdrawnBy.COMPLAINT),
    ],
)
def test_departures_are_kept_but_for_those_by_the_account(world, act, status, withdrawn_by):
    email, key = f"{act['by']}@example.com", (world.account_id, world.list_id)
    contacts, contact_id = bootstrap.contacts(), world.add(email)
    match act["by"]:
        case WithdrawnBy.ACCOUNT:
            contacts.unsubscribe(*key, contact_id)
        case WithdrawnBy.BOUNCE:
            contacts.mark_bounced(*key, contact_id, kind="hard", hard=True, event_id="b")
        case WithdrawnBy.COMPLAINT:
            contacts.mark_complained(*key, contact_id, event_id="c")
    world.delete(email)
    world.add(email)
    assert world.state(email) == (status, withdrawn_by)


def test_an_erased_person_who_left_is_not_subscribed_when_the_erasure_is_lifted(world):
    """The first address is that of a contact, the second one is free."""
    emails = ["erased1@example.com", "erased2@example.com"]
    for email in emails:
        world.add_leaver(email, id_of(email))
    world.delete(emails[1])
    for email in emails:
        assert world.owner.api.post("/people/erase", json={"email": email}).status == 200
        known = ContactRepository().claims.known(world.account_id, world.list_id, [email])
        assert (dict(known.claims), dict(known.departures)) == ({}, {}), "no address is kept"
        assert world.owner.api.post("/people/lift-erasure", json={"email": email}).status == 200
        world.add(email)
    assert [world.state(email) for email in emails] == [("unsubscribed", WithdrawnBy.PERSON)] * 2


def test_a_departure_between_reading_and_writing_is_applied(world, monkeypatch):
    """Another call adds the contact, which unsubscribes and is deleted again."""
    real, raced = ContactRepository.create, []

    def create_after_departure(self, contact, **options):
        if not raced:
            raced.append(contact.id)
            key, contacts = (world.account_id, world.list_id), bootstrap.contacts()
            other = contacts.upserts.create(*key, email="raced@example.com")
            contacts.unsubscribe(*key, other.id, by=WithdrawnBy.PERSON)
            contacts.delete(*key, other.id)
        real(self, contact, **options)

    monkeypatch.setattr(ContactRepository, "create", create_after_departure)
    world.add("raced@example.com")
    assert world.state("raced@example.com") == ("unsubscribed", WithdrawnBy.PERSON)


@pytest.mark.parametrize("has_departed", [False, True], ids=["gets", "loses"])
def test_an_import_claims_an_address_whose_departure_changes_meanwhile(world, monkeypatch, has_departed):
    """The contact was deleted before the import; its link is used, or it is erased, between reading and claiming."""
    email = f"changing{has_departed:d}@example.com"
    contact_id = world.add(email)
    if has_departed:
        world.use_link(contact_id)
    world.delete(email)
    real, raced = ContactClaims.add_many, []

    def add_after_change(self, *args):
        if not raced:
            raced.append(email)
            if has_departed:
                StoredDepartures(self).erase(world.account_id, [world.list_id], email, "digest")
            else:
                world.use_link(contact_id)
        return real(self, *args)

    monkeypatch.setattr(ContactClaims, "add_many", add_after_change)
    bulk_writer = bootstrap.contact_bulk_writer()
    claim, is_new = bulk_writer.reserve(world.account_id, world.list_id, [email])[email]
    draft = ContactRow(
        email=email, address=email, contact_id=claim.contact_id, subscribed_at=claim.subscribed_at, is_new=is_new
    )
    assert bulk_writer.write(world.account_id, world.list_id, [draft], WriteOptions(), part_key=email).created == 1
    assert world.state(email) == (("active", None) if has_departed else ("unsubscribed", WithdrawnBy.PERSON))


def test_an_import_that_releases_an_address_keeps_the_departure(world):
    email, claims = "released@example.com", ContactRepository().claims
    world.add_leaver(email, "released")
    world.delete(email)
    bulk_writer = bootstrap.contact_bulk_writer()
    claim, is_new = bulk_writer.reserve(world.account_id, world.list_id, [parse(email).canonical])[email]
    again, is_new_again = bulk_writer.reserve(world.account_id, world.list_id, [email])[email]
    assert (is_new, is_new_again, again.contact_id) == (True, False, claim.contact_id)
    other = replace(claim, contact_id=claim.contact_id + 1)
    assert claims.add_many(world.account_id, world.list_id, [other], {email}).keys() == {email}, "it is claimed"
    claims.release(world.account_id, world.list_id, {email: claim.contact_id})
    assert claims.known(world.account_id, world.list_id, [email]).departures == {email: WithdrawnBy.PERSON}
    assert not claims.of_addresses(world.account_id, world.list_id, [email])


@pytest.mark.parametrize("departure", [WithdrawnBy.COMPLAINT, WithdrawnBy.PERSON, WithdrawnBy.BOUNCE])
@pytest.mark.parametrize("before", [None, *WithdrawnBy])
def test_a_contact_that_takes_an_address_reflects_its_departure(world, before, departure):
    email = f"{before}-{departure}@example.com"
    contact = bootstrap.contacts().get(world.account_id, world.list_id, world.add(email))
    acts = {
        None: lambda contact: contact,
        WithdrawnBy.PERSON: lambda contact: rules.unsubscribed(contact, WithdrawnBy.PERSON),
        WithdrawnBy.ACCOUNT: rules.unsubscribed,
        WithdrawnBy.BOUNCE: rules.invalidated,
        WithdrawnBy.COMPLAINT: rules.complained,
    }
    after = rules.with_departure(acts[before](contact), departure)
    assert departure in rules.reflected_departures(after)
    assert rules.reflected_departures(acts[before](contact)) <= rules.reflected_departures(after)
    assert not after.is_mailable


def act_once(monkeypatch, owner, name, act, *, is_after=False):
    """Let `act` happen before, or after, the first call of a method."""
    real, acts = getattr(owner, name), [act]

    def method(self, *args, **options):
        result = real(self, *args, **options) if is_after else None
        while acts:
            acts.pop()()
        return result if is_after else real(self, *args, **options)

    monkeypatch.setattr(owner, name, method)


def test_a_link_unsubscribes_although_the_contact_is_deleted_meanwhile(world, monkeypatch):
    email = "twice@example.com"
    contact_id = world.add(email)
    world.delete(email)
    world.add(email)
    act_once(monkeypatch, ContactService, "find_or_complete", lambda: world.delete(email), is_after=True)
    world.use_link(contact_id)
    world.add(email)
    assert world.state(email) == ("unsubscribed", WithdrawnBy.PERSON)


@pytest.mark.parametrize("complains", [False, True])
def test_the_departure_of_a_person_who_is_erased_meanwhile_is_kept_without_the_address(world, monkeypatch, complains):
    email = f"{complains}@example.com".lower()
    contact_id = world.add(email)
    world.delete(email)

    def erase():
        if complains:
            again_id = world.add(email)
            bootstrap.contacts().mark_complained(world.account_id, world.list_id, again_id, event_id="c")
        assert world.owner.api.post("/people/erase", json={"email": email}).status == 200

    act_once(monkeypatch, StoredDepartures, "keep", erase)
    world.use_link(contact_id)
    known = ContactRepository().claims.known(world.account_id, world.list_id, [email])
    assert (dict(known.claims), dict(known.departures)) == ({}, {})
    assert world.owner.api.post("/people/lift-erasure", json={"email": email}).status == 200
    world.add(email)
    assert world.state(email)[1] == (WithdrawnBy.COMPLAINT if complains else WithdrawnBy.PERSON)
