"""Senders: an address may send once its owner has said so."""

import re
from datetime import timedelta

import pytest

from postrider.rate_limits.visitors import CONFIRMATIONS_PER_SENDER_ADDRESS
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.harness import Api


@pytest.fixture
def owner(platform):
    return make_owner()


def confirmation_mailed_to(platform, email):
    mail = platform.aws.ses.mailbox.latest(to=email)[0]
    link = re.search(r"/confirm-sender/([\w-]+)", mail["text"])
    assert link is not None
    return link[1]


def test_another_address_is_confirmed_by_the_mailed_link(owner, platform):
    email = f"news.{owner.account_id}@example.com"
    created = owner.api.post("/brands/default/senders", json={"name": "News", "email": email, "language": "fr"}).json
    assert created["data"]["confirmed"] is False
    assert created["data"]["last_confirmation_sent_on"] is not None
    secret = confirmation_mailed_to(platform, email)
    answer = Api().post("/brands/default/senders/confirm-email", json={"confirmation_id": secret})
    assert (answer.status, answer.json["data"]["confirmed"]) == (200, True)
    again = Api().post("/brands/default/senders/confirm-email", json={"confirmation_id": secret})
    assert again.status == 200
    assert owner.api.get(f"/brands/default/senders/{created['id']}").json["data"]["confirmed_on"] is not None


def test_an_account_without_a_name_asks_in_the_name_of_the_sender(owner, platform):
    assert owner.api.patch("/accounts/self", json={"name": None}).status == 200
    email = f"nameless.{owner.account_id}@example.com"
    owner.api.post("/brands/default/senders", json={"name": "The shop", "email": email})
    assert "The shop wants to send emails" in platform.aws.ses.mailbox.latest(to=email)[0]["text"]


def test_the_page_of_the_mailed_link_confirms_only_after_a_click(owner, platform):
    """Scanners follow every link of a mail."""
    email = f"page.{owner.account_id}@example.com"
    sender = owner.api.post("/brands/default/senders", json={"name": "N", "email": email, "language": "fr"}).json
    path = f"/confirm-sender/{confirmation_mailed_to(platform, email)}"

    def confirmed():
        return owner.api.get(f"/brands/default/senders/{sender['id']}").json["data"]["confirmed"]

    page = Api().get(path)
    assert (page.status, email in page.text, '<html lang="fr">' in page.text) == (200, True, True)
    assert confirmed() is False
    assert Api().post(path).status == 200
    assert confirmed() is True
    assert Api().post(path).status == 200
    platform.clock.move(timedelta(days=2))
    assert (Api().get(path).status, Api().post(path).status) == (410, 410)
    assert Api().get("/confirm-sender/unknown").status == 410


def test_the_login_address_of_the_caller_is_confirmed_at_once(owner):
    sender = owner.api.get(f"/brands/default/senders/{make_sender(owner)}").json["data"]
    assert sender["confirmed"] is True


def test_a_confirmation_expires(owner, platform):
    email = f"late.{owner.account_id}@example.com"
    owner.api.post("/brands/default/senders", json={"name": "Late", "email": email})
    secret = confirmation_mailed_to(platform, email)
    platform.clock.move(timedelta(days=2))
    answer = Api().post("/brands/default/senders/confirm-email", json={"confirmation_id": secret})
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "confirmation_invalid")


def test_an_unknown_confirmation_is_refused_and_tells_nothing(platform):
    answer = Api().post("/brands/default/senders/confirm-email", json={"confirmation_id": "x" * 43})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "confirmation_id"])


def test_the_mail_is_sent_again_but_not_at_once(owner, platform):
    created = owner.api.post("/brands/default/senders", json={"name": "N", "email": "again@example.com"}).json
    path = f"/brands/default/senders/{created['id']}/resend-confirmation-email"
    early = owner.api.post(path)
    assert (early.status, "retry-after" in early.headers) == (429, True)
    platform.clock.move(timedelta(seconds=61))
    assert owner.api.post(path).json == {"id": created["id"], "resent": True, "object": "sender"}
    assert owner.api.post(f"/brands/default/senders/{make_sender(owner)}/resend-confirmation-email").status == 400


def test_repeated_creation_of_a_sender_does_not_flood_a_mailbox(owner, platform):
    """Neither from one account nor from many."""
    email = f"victim.{owner.account_id}@example.com"
    statuses = []
    for api in (owner.api, make_owner().api):
        for _ in range(CONFIRMATIONS_PER_SENDER_ADDRESS.most):
            answer = api.post("/brands/default/senders", json={"name": "N", "email": email.upper()})
            statuses.append(answer.status)
            if answer.status == 201:
                api.delete(f"/brands/default/senders/{answer.json['id']}")
    assert statuses == [201] * CONFIRMATIONS_PER_SENDER_ADDRESS.most + [429] * CONFIRMATIONS_PER_SENDER_ADDRESS.most
    assert int(answer.headers["retry-after"]) > 0
    assert len(platform.aws.ses.mailbox.latest(to=email.upper())) == CONFIRMATIONS_PER_SENDER_ADDRESS.most
    platform.clock.move(timedelta(days=1))
    assert owner.api.post("/brands/default/senders", json={"name": "N", "email": email}).status == 201


def test_a_sender_in_use_is_not_deleted(owner):
    sender_id = make_sender(owner)
    list_id = make_list(owner)
    answer = owner.api.delete(f"/brands/default/senders/{sender_id}")
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "sender_in_use")
    owner.api.delete(f"/lists/{list_id}")
    assert owner.api.delete(f"/brands/default/senders/{sender_id}").json["deleted"] is True
    assert owner.api.get(f"/brands/default/senders/{sender_id}").status == 400


def test_name_and_language_change_and_the_address_does_not(owner):
    sender_id = make_sender(owner)
    body = {"name": "New name", "language": "de", "email": "other@example.com"}
    data = owner.api.patch(f"/brands/default/senders/{sender_id}", json=body).json["data"]
    assert (data["name"], data["language"], data["email"]) == ("New name", "de", owner.email)


def test_an_account_has_one_sender_per_address(owner):
    make_sender(owner)
    answer = owner.api.post("/brands/default/senders", json={"name": "x", "email": owner.email.upper()})
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "sender_exists")


@pytest.mark.parametrize(
    "body", [{"name": "x"}, {"name": "", "email": "a@example.com"}, {"name": "x", "email": "no address"}]
)
def test_a_body_that_does_not_fit_is_422(owner, body):
    assert owner.api.post("/brands/default/senders", json=body).status == 422


@pytest.mark.parametrize(
    "name",
    [
        "x\r\nBcc: y@example.com",
        "boss@bank.example",
        "Boss (boss@bank.example)",
        "boss\uff20bank.example",
        "boss\ufe6bbank.example",
    ],
)
def test_a_name_that_would_forge_a_header_or_show_another_address_is_refused(owner, name):
    answer = owner.api.post("/brands/default/senders", json={"name": name, "email": "forger@example.com"})
    assert answer.status in (400, 403)


def test_senders_are_sorted_and_counted(owner):
    make_sender(owner)
    owner.api.post("/brands/default/senders", json={"name": "A first", "email": "a@example.com"})
    answer = owner.api.get("/brands/default/senders", query={"sort": "name", "with_count": 1}).json
    assert [sender["name"] for sender in answer["data"]] == ["A first", "Owner"]
    assert answer["pagination"]["count"] == 2
