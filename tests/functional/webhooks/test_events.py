"""Every event of the contract is raised at its place, about the thing as the API shows it."""

from datetime import timedelta

import pytest

from postrider.http.main.events import log_type_of
from postrider.mail_events.model import EventType
from postrider.storage.outbox_table import OutboxTableItem
from postrider.suppressions.table import LiftedItem
from postrider.webhooks.formats.main import EVENT_NAMES, LOG_WORDS
from tests.contract.conformance import contract
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.factories.activity import make_sent_campaign
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.users import admin_of, log_in, mailed_secret, new_address
from tests.testing.factories.webhooks import make_webhook
from tests.testing.receivers import receiver

ALL = list(EVENT_NAMES.values())


class Story:
    """An account with a webhook for all events, and what its receiver got."""

    def __init__(self, platform, hook):
        self.platform, self.hook = platform, hook
        self.owner = make_owner()
        make_webhook(self.owner, ALL[0], hook.url, events=ALL, rate_limit=1000, ordered=True)
        self.admin = admin_of(self.owner)
        self.events()

    def events(self):
        """Return (name, data) of the events since the last call, in the order in which they happened."""
        assert self.platform.drain().failed == []
        calls = [call.json for call in self.hook.calls]
        self.hook.calls.clear()
        return [(call["event"], call["data"]) for call in calls]

    def names(self):
        return sorted(name for name, _ in self.events())


@pytest.fixture(scope="module")
def hook():
    with receiver() as kept:
        yield kept


@pytest.fixture(scope="module")
def story(local, hook):
    return Story(local, hook)


def shown_as(data, api_data):
    """Assert that the members that both have are equal, and that the event lacks only what others say better."""
    both = data.keys() & api_data.keys()
    assert {name: data[name] for name in both} == {name: api_data[name] for name in both}
    return len(both)


def test_lists_and_segments(story):
    api = story.owner.api
    sender_id = make_sender(story.owner)
    story.events()
    list_id = api.post("/lists", json={"name": "News", "default_sender": {"id": sender_id}}).json["id"]
    ((name, data),) = story.events()
    api_data = {**api.get(f"/lists/{list_id}").json["data"], "default_sender": {"id": sender_id}}
    api_data["webhook"], api_data["redirections"] = {}, {}
    assert (name, shown_as(data, api_data)) == ("List.Created", 9)
    api.post(f"/lists/{list_id}/accept-policy")
    api.patch(f"/lists/{list_id}", json={"name": "Old news"})
    assert [(name, data["name"]) for name, data in story.events()] == [
        ("List.Updated", "News"),
        ("List.Updated", "Old news"),
    ]
    segment = {"name": "Ann", "query": '`email` = "ann@example.com"'}
    segment_id = api.post(f"/lists/{list_id}/segments", json=segment).json["id"]
    ((name, data),) = story.events()
    assert (name, shown_as(data, api.get(f"/lists/{list_id}/segments/{segment_id}").json["data"])) == (
        "Segment.Created",
        8,
    )
    api.patch(f"/lists/{list_id}/segments/{segment_id}", json={"name": "Bob"})
    api.delete(f"/lists/{list_id}/segments/{segment_id}")
    assert [(name, data["name"]) for name, data in story.events()] == [
        ("Segment.Updated", "Bob"),
        ("Segment.Deleted", "Bob"),
    ]
    api.delete(f"/lists/{list_id}")
    assert story.names() == ["List.Deleted"]


def test_contacts_and_exports(story):
    api = story.owner.api
    list_id = make_list(story.owner)
    story.events()
    (contact_id,) = add_contacts(story.owner, list_id, "ann@example.com")
    path = f"/lists/{list_id}/contacts/{contact_id}"
    ((name, data),) = story.events()
    assert (name, shown_as(data, api.get(path).json["data"])) == ("Contact.Added", 8)
    api.post(f"{path}/tag", json={"tags": ["vip"]})
    ((name, data),) = story.events()
    assert (name, data["changed_tags"], data["tags"]) == ("Contact.Tagged", ["vip"], ["vip"])
    api.post(f"{path}/untag", json={"tags": ["vip"]})
    api.patch(path, json={"email": "Ann@example.com"})
    api.delete(path)
    assert story.names() == ["Contact.Removed", "Contact.Untagged", "Contact.Updated"]
    export_id = api.post(f"/lists/{list_id}/exports", json={}).json["id"]
    ((name, data),) = story.events()
    assert (name, data["id"], data["list_id"]) == ("ContactsExport.Created", export_id, list_id)
    api.delete(f"/lists/{list_id}/exports/{export_id}")
    api.delete(f"/lists/{list_id}/exports/{export_id}")
    assert story.names() == ["ContactsExport.Deleted"]


def test_campaigns_and_mails(story):
    api = story.owner.api
    list_id = make_list(story.owner)
    add_contacts(story.owner, list_id, "ann@example.com")
    story.events()
    campaign_id = make_campaign(story.owner, list_id=list_id)
    ((name, data),) = story.events()
    shown = api.get(f"/campaigns/{campaign_id}").json["data"]
    assert (name, data["id"], data["name"], data["status"]) == (
        "Campaign.Created",
        campaign_id,
        shown["name"],
        "incomplete",
    )
    assert (data["created_on"], data["audience"]["list_id"]) == (shown["created_on"], list_id)
    path = f"/campaigns/{campaign_id}"
    later = int((story.platform.clock() + timedelta(days=1)).timestamp())
    for act, body in (
        ("", {"name": "x"}),
        ("/schedule", {"date": later}),
        ("/suspend", None),
        ("/resume", None),
        ("/unschedule", None),
        ("/schedule", {"date": later}),
        ("/cancel", None),
    ):
        answer = api.post(path + act, json=body) if act else api.patch(path, json=body)
        assert answer.status == 200, answer.text
    acts = ["Canceled", "Resumed", "Scheduled", "Scheduled", "Suspended", "Unscheduled", "Updated"]
    assert story.names() == [f"Campaign.{act}" for act in acts]
    assert api.post(f"{path}/schedule").status == 200
    sent = dict(story.events())["Email.Sent"]
    assert (sent["email"], sent["campaign_id"], sent["type"]) == ("ann@example.com", campaign_id, "sent")
    export_id = api.post(f"/logs/campaigns/{campaign_id}/exports", json={}).json["id"]
    ((name, data),) = story.events()
    assert (name, data["id"], data["campaign_id"]) == ("CampaignLogExport.Created", export_id, campaign_id)


def test_reactions_to_mails(story):
    campaign = make_sent_campaign(story.owner)
    story.events()
    campaign.did(EventType.OPENED, 0, ip="198.51.100.20", user_agent="Mail")
    campaign.did(EventType.CLICKED, 0, url="https://example.com/x", link_id=1)
    campaign.did(EventType.BOUNCED_HARD, 1, detail="550 no such user")
    campaign.did(EventType.COMPLAINED, 2)
    campaign.did(EventType.OPENED, 2, is_bot=True)
    events = dict(story.events())
    assert events.keys() == {"Email.Opened", "Email.Clicked", "Email.Bounced", "Email.ReportedAsSpam"}
    assert (events["Email.Opened"]["ip"], events["Email.Opened"]["type"]) == ("198.51.100.20", "open")
    assert (events["Email.Clicked"]["clickthru_url"], events["Email.Clicked"]["link_id"]) == (
        "https://example.com/x",
        1,
    )
    assert (events["Email.Bounced"]["dsn_message"], events["Email.Bounced"]["type"]) == (
        "550 no such user",
        "bounce_hb",
    )
    assert {data["campaign_id"] for data in events.values()} == {campaign.id}


def test_a_sender_with_the_address_of_its_user_is_confirmed_at_once(local, hook):
    story = Story(local, hook)
    make_sender(story.owner)
    assert story.names() == ["Sender.Confirmed", "Sender.Created"]


def test_senders_and_suppressions(story):
    api = story.owner.api
    address = new_address()
    sender_id = api.post("/brands/default/senders", json={"name": "Shop", "email": address}).json["id"]
    events = story.events()
    assert [name for name, _ in events] == ["Sender.Created", "Sender.ConfirmationEmailSent"]
    assert shown_as(events[1][1], api.get(f"/brands/default/senders/{sender_id}").json["data"]) == 7
    secret = mailed_secret(story.platform, address, "confirm-sender")
    assert api.post("/brands/default/senders/confirm-email", json={"confirmation_id": secret}).status == 200
    api.patch(f"/brands/default/senders/{sender_id}", json={"name": "Store"})
    api.delete(f"/brands/default/senders/{sender_id}")
    assert [(name, data["name"]) for name, data in story.events()] == [
        ("Sender.Confirmed", "Shop"),
        ("Sender.Updated", "Store"),
        ("Sender.Deleted", "Store"),
    ]
    api.post("/suppressed-emails", json={"email": "bob@example.com"})
    api.delete("/suppressed-emails/bob@example.com")
    assert story.events() == [
        ("SuppressedEmail.Added", {"email": "bob@example.com", "source": "manual"}),
        ("SuppressedEmail.Removed", {"email": "bob@example.com", "source": "manual"}),
    ]


def test_users(story):
    email = new_address()
    person = {"first_name": "Ann", "last_name": "Doe", "email": email, "password": PASSWORD}
    user_id = story.admin.post("/users", json=person, query={"skip_verification": "true"}).json["id"]
    ((name, data),) = [pair for pair in story.events() if pair[0] != "User.LoggedIn"]
    assert (name, shown_as(data, story.admin.get(f"/users/{user_id}").json["data"])) == ("User.Created", 12)
    assert log_in(email, PASSWORD).status == 200
    assert story.events() == [("User.LoggedIn", {"email": email, "grant_type": "password", "scopes": ["user"]})]
    story.admin.patch(f"/users/{user_id}", json={"first_name": "Bob"})
    story.admin.delete(f"/users/{user_id}")
    assert [(name, data["first_name"]) for name, data in story.events()] == [
        ("User.Updated", "Bob"),
        ("User.Deleted", "Bob"),
    ]


def test_accounts_below_are_reported_to_the_account_above(story):
    address = new_address()
    owner = {"first_name": "Ann", "last_name": "Doe", "email": address, "password": PASSWORD}
    account_id = story.admin.post("/accounts", json={"name": "Shop", "account_owner": owner}).json["id"]
    ((name, data),) = story.events()
    assert (name, data["id"], data["status"]) == ("Account.Created", account_id, "pending")
    code = mailed_secret(story.platform, address, "confirm-account")
    assert story.admin.post(f"/accounts/{account_id}/confirm", json={"confirmation": code}).status == 200
    assert story.admin.patch(f"/accounts/{account_id}", json={"name": "Store"}).status == 200
    assert story.admin.delete(f"/accounts/{account_id}").status == 200
    assert [(name, data["name"], data["status"]) for name, data in story.events()] == [
        ("Account.Confirmed", "Shop", "active"),
        ("Account.Updated", "Store", "active"),
        ("Account.Deleted", "Store", "deleted"),
    ]
    story.owner.api.patch("/accounts/self", json={"phone": "+49 1"})
    ((name, data),) = story.events()
    shown = story.owner.api.get("/accounts/self").json["data"]
    shown |= {"address": {}, "usage_limits": {}}  # members that were never set are null there
    assert (name, shown_as(data, shown)) == ("Account.Updated", 12)


def test_the_log_words_are_those_of_the_listing():
    assert {kind: log_type_of(EventType(kind)) for kind in LOG_WORDS} == dict(LOG_WORDS)


def test_the_events_are_those_of_the_contract():
    assert contract()["components"]["schemas"]["WebhookEvent"]["enum"] == ALL
    assert len(set(ALL)) == 41


def test_no_event_and_no_delivery_keeps_the_address_of_an_erased_person(story):
    """Events of contacts hold ids, those of suppressions the keyed hash of the address."""
    api, email = story.owner.api, f"erased-{new_address()}"
    list_id = make_list(story.owner)
    add_contacts(story.owner, list_id, email)
    api.post("/suppressed-emails", json={"email": email})
    api.delete(f"/suppressed-emails/{email}")
    sent = story.events()
    assert [data["email"] for name, data in sent if name.startswith("SuppressedEmail")] == [email] * 2
    assert api.post("/people/erase", json={"email": email}).status == 200
    assert [data["email"] for name, data in story.events() if name == "Contact.Removed"] == [None]
    assert email not in str([item.serialize() for item in OutboxTableItem.scan()])
    assert email not in str([item.serialize() for item in LiftedItem.scan()])


def test_transactional_mails(story):
    sender_id = make_sender(story.owner)
    story.events()
    address = new_address()
    body = {"email": address, "sender": {"id": sender_id}, "content": {"subject": "Paid", "text": "Thank you"}}
    answer = story.owner.api.post("/emails", json={**body, "content": {**body["content"], "encoding": "utf-8"}})
    assert answer.status in (200, 201), answer.text
    sent = [data for name, data in story.events() if name == "Email.Sent"]
    assert [(data["email"], data["source"], data["list_id"]) for data in sent] == [(address, "transactional", None)]
