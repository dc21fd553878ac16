"""Differences between Customer.io and the domain: the rules of consent, and one person per address."""

import pytest

from postrider import bootstrap
from postrider.contacts.identifiers import Identifier
from postrider.contacts.model import WithdrawnBy
from postrider.suppressions.model import SuppressionSource
from tests.testing.customerio import TRACK, make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list, make_sender


class People:
    """The people of a new account."""

    def __init__(self):
        self.owner = make_owner()
        self.track, self.app = make_client(self.owner, TRACK), make_client(self.owner)
        self.list_id = bootstrap.lists().default(self.owner.account_id).id

    def put(self, identifier, **members):
        answer = self.track.put(f"/api/v1/customers/{identifier}", members)
        assert (answer.status, answer.json) == (200, {}), answer.text
        return self.contact(identifier)

    def act(self, identifier, action):
        answer = self.track.post(f"/api/v1/customers/{identifier}/{action}")
        assert (answer.status, answer.json) == (200, {}), answer.text

    def shown(self, identifier):
        return self.app.get(f"/v1/customers/{identifier}/attributes").json["customer"]

    def contact(self, identifier):
        known = Identifier.email(identifier) if "@" in identifier else Identifier.external_id(identifier)
        return bootstrap.contacts().by_identifiers(self.owner.account_id, self.list_id, [known])[0]

    def leave(self, contact, reason):
        key = self.owner.account_id, self.list_id, contact.id
        contacts, suppression = bootstrap.contacts(), bootstrap.address_suppression()
        if reason == "person":
            contacts.unsubscribe(*key, by=WithdrawnBy.PERSON)
        elif reason == "bounce":
            contacts.mark_bounced(*key, kind="hard", hard=True, event_id="b")
        elif reason == "complaint":
            contacts.mark_complained(*key, event_id="c")
            suppression.suppress(self.owner.account_id, contact.address, SuppressionSource.COMPLAINT)
        else:
            contacts.unsubscribe(*key, by=WithdrawnBy.PERSON)
            suppression.suppress(self.owner.account_id, contact.address, SuppressionSource.GLOBAL_UNSUBSCRIBE)


@pytest.fixture(scope="module")
def people(platform):
    return People()


@pytest.mark.parametrize("reason", ["person", "bounce", "complaint", "global_unsubscribe"])
def test_row_1_and_3_no_identification_gives_back_the_consent_that_the_person_took(people, reason):
    contact = people.put(f"left-{reason}", email=f"{reason}@example.com")
    people.leave(contact, reason)
    before = people.contact(contact.external_id)
    after = people.put(contact.external_id, unsubscribed=False, plan="free")
    assert (after.status, after.withdrawn_by, after.mark) == (before.status, before.withdrawn_by, before.mark)
    shown = people.shown(contact.external_id)
    assert shown["attributes"]["plan"] == "free", "the other values are kept"
    assert shown["unsubscribed"] == (reason != "bounce"), "the attribute shown afterwards is the truth"


def test_row_3_the_account_subscribes_whom_it_unsubscribed(people):
    assert people.put("to-and-fro", email="to-and-fro@example.com", unsubscribed=True).status == "unsubscribed"
    shown = people.shown("to-and-fro")
    assert (shown["unsubscribed"], shown["attributes"]["unsubscribed"]) == (True, "true")
    assert people.put("to-and-fro", plan="free").status == "unsubscribed"
    assert people.put("to-and-fro", unsubscribed="").status == "unsubscribed", "no wish"
    assert people.put("to-and-fro", unsubscribed="false").status == "active"
    assert people.shown("to-and-fro")["unsubscribed"] is False


@pytest.mark.parametrize(
    ("source", "is_locked"), [("complaint", True), ("global_unsubscribe", True), ("manual", False)]
)
def test_row_4_what_the_person_asked_for_stays_suppressed(people, source, is_locked):
    contact = people.put(f"locked-{source}", email=f"locked-{source}@example.com")
    bootstrap.address_suppression().suppress(people.owner.account_id, contact.address, SuppressionSource(source))
    people.act(contact.external_id, "unsuppress")
    assert people.contact(contact.external_id).suppressed == is_locked


def test_row_4_a_suppression_leaves_all_lists_and_is_lifted_without_consent(people):
    contact = people.put("quiet", email="quiet@example.com")
    other_list = f"/lists/{make_list(people.owner)}/contacts"
    other = f"{other_list}/{people.owner.api.post(other_list, json={'email': contact.email}).json['id']}"
    for _ in range(2):
        people.act("quiet", "suppress")
    suppressed = people.contact("quiet")
    assert (suppressed.status, suppressed.withdrawn_by) == ("unsubscribed", WithdrawnBy.ACCOUNT)
    assert suppressed.mark.source == SuppressionSource.MANUAL
    assert people.owner.api.get(other).json["data"]["status"] == "unsubscribed"
    for _ in range(2):
        people.act(contact.email, "unsuppress")
    lifted = people.contact("quiet")
    assert (lifted.status, lifted.suppressed) == ("unsubscribed", False)
    assert people.put("quiet", unsubscribed=False).status == "active"


def test_row_4_the_address_of_nobody_known_is_suppressed_too(people):
    people.act("stranger@example.com", "suppress")
    assert people.put("stranger@example.com").suppressed
    people.act("stranger@example.com", "unsuppress")
    assert not people.contact("stranger@example.com").suppressed
    people.act("nobody", "suppress")
    people.act("nobody", "unsuppress")
    assert people.contact("nobody") is None


def test_row_5_an_address_of_another_person_stays_there(people):
    holder = people.put("holder", email="taken@example.com")
    newcomer = people.put("newcomer", email="taken@example.com", plan="free")
    assert (newcomer.email, newcomer.status) == ("", "unaddressed")
    assert people.shown("newcomer")["attributes"]["plan"] == "free"
    assert people.contact("holder") == holder


def test_row_6_people_without_an_address_are_kept_and_never_mailed(people):
    contact = people.put("bare", plan="free")
    assert (contact.status, contact.is_mailable) == ("unaddressed", False)
    people.act("bare", "suppress")
    assert people.put("bare", email="bare@example.com").status == "unsubscribed", "the wish waits for the address"


def test_row_21_the_address_of_an_erased_person_is_not_stored(people):
    people.put("erased", email="erased@example.com")
    people.owner.api.post("/people/erase", json={"email": "erased@example.com"})
    assert people.put("erased@example.com", plan="free") is None
    again = people.put("erased", email="erased@example.com", plan="free")
    assert (again.email, again.status) == ("", "unaddressed")
    people.act("erased@example.com", "unsuppress")
    assert people.put("erased", email="erased@example.com").email == "", "an erasure is lifted in the main API only"


def test_the_filter_finds_whom_the_attribute_shows_as_unsubscribed(people):
    """Also a person without address, one whose address the person suppressed, and a mailbox with a hard bounce."""
    people.put("filter-bare", unsubscribed=True)
    people.put("filter-active", email="filter-active@example.com")
    people.leave(people.put("filter-bounce", email="filter-bounce@example.com"), "bounce")
    contact = people.put("filter-locked", email="filter-locked@example.com")
    bootstrap.address_suppression().suppress(
        people.owner.account_id, contact.address, SuppressionSource.GLOBAL_UNSUBSCRIBE
    )
    found = {}
    for value in ("true", "false"):
        body = {"filter": {"attribute": {"field": "unsubscribed", "operator": "eq", "value": value}}}
        found[value] = set(people.app.post("/v1/customers", body, query={"limit": "100"}).json["ids"])
    assert {name for name in found["true"] if name.startswith("filter-")} == {"filter-bare", "filter-locked"}
    shown = {name: people.shown(name)["unsubscribed"] for name in (found["true"] | found["false"]) - {""}}
    assert {name for name, has_left in shown.items() if has_left} == found["true"] - {""}
    assert found["true"] & found["false"] <= {""}


def test_a_person_whom_an_import_has_still_to_write_is_asked_as_the_import_says(people, platform):
    """Whatever names the person first writes the import, so that nobody is active who was to be asked."""
    make_sender(people.owner)
    sender = {"from": people.owner.email, "subject": "Receipt", "body": "<p>Thanks</p>"}
    for name, use in {
        "put": lambda email: people.put(email, plan="free"),
        "event": lambda email: people.track.post(f"/api/v1/customers/{email}/events", {"name": "bought"}),
        "shown": lambda email: people.app.get(f"/v1/customers/{email}/attributes", id_type="email"),
        "found": lambda email: people.app.get("/v1/customers", email=email),
        "mailed": lambda email: people.app.post(
            "/v1/send/email", {"identifiers": {"email": email}, "to": email, **sender}
        ),
    }.items():
        email = f"imported-{name}@example.com"
        people.owner.api.post(
            f"/lists/{people.list_id}/import-contacts",
            json={"contacts": [{"email": email}]},
            query={"send_double_opt_in": "new"},
        )
        use(email)
        assert people.contact(email).status == "pending", name
    assert platform.drain().failed == []
    assert people.contact(email).status == "pending"
    assert "Confirm your subscription" in [mail["subject"] for mail in platform.aws.ses.mailbox.latest(to=email)]
