"""Sender identities over Customer.io's App API."""

import pytest

from postrider import bootstrap
from tests.testing.customerio import make_client
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.workflows import make_action, make_workflow

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def client(owner):
    return make_client(owner)


@pytest.fixture(scope="module")
def numbers(owner):
    """Three confirmed senders; one more is not confirmed."""
    owner.api.post("/brands/default/senders", json={"name": "Later", "email": "later@example.org"})
    add, now = bootstrap.senders().add, bootstrap.clock()()
    make_sender(owner)
    for name in ("Support", "News, weekly"):
        email = f"{name[:4].lower()}.{owner.account_id}@example.com"
        add(owner.account_id, name=name, email=email, confirmed_at=now)
    return sorted(sender.numeric_id for sender in bootstrap.senders().all(owner.account_id) if sender.confirmed)


def test_senders_are_listed_page_by_page_in_both_orders(client, numbers):
    for sort, expected in (({}, numbers), ({"sort": "asc"}, numbers), ({"sort": "desc"}, numbers[::-1])):
        seen, start = [], {}
        while True:
            page = client.get("/v1/sender_identities", limit="2", **sort, **start).json
            seen += [sender["id"] for sender in page["sender_identities"]]
            if not page["next"]:
                break
            start = {"start": page["next"]}
        assert seen == expected
    assert client.get("/v1/sender_identities", sort="up").status == 400
    assert client.get("/v1/sender_identities", start="forged").status == 400


def test_a_sender_is_shown_with_its_address_as_mails_have_it(client, numbers):
    shown = {number: client.get(f"/v1/sender_identities/{number}").json["sender_identity"] for number in numbers}
    texts = {sender["name"]: sender["address"] for sender in shown.values()}
    assert texts["Support"].startswith("Support <supp.")
    assert texts["News, weekly"].startswith('"News, weekly" <news.')
    assert {sender["template_type"] for sender in shown.values()} == {"email"}


def test_uses_of_a_sender_are_listed(client, owner, numbers):
    sender = bootstrap.senders().get_by_numeric_id(owner.account_id, numbers[0])
    list_id, sends_as = make_list(owner), {"sender_id": sender.id}
    draft_id = make_campaign(owner, list_id=list_id, **sends_as)
    broadcast_id = make_campaign(owner, list_id=list_id, triggered=True, **sends_as)
    workflow_id = int(make_workflow(owner))
    settings = {"content": {"subject": "Hi", "text": "Hi [UNSUBSCRIBE]"}, "sender": {"id": sender.id}}
    make_action(owner, workflow_id, email_settings=settings)
    answer = client.get(f"/v1/sender_identities/{numbers[0]}/used_by")
    assert answer.json == {
        "campaigns": sorted([broadcast_id, workflow_id]),
        "sent_newsletters": [],
        "draft_newsletters": [draft_id],
    }


def test_senders_of_another_account_are_unknown(numbers):
    stranger = make_client(make_owner())
    for path in (f"/v1/sender_identities/{numbers[0]}", f"/v1/sender_identities/{numbers[0]}/used_by"):
        assert stranger.get(path).status == 404
    assert stranger.get("/v1/sender_identities").json == {"sender_identities": [], "next": ""}
