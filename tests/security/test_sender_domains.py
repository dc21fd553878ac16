"""Mail from a domain that is verified for another account, from below it, or from one that looks like it."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from tests.functional.domains.test_dkim import new_domain, verified_key
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list
from tests.testing.harness import Api

SENDERS = "/brands/default/senders"


@pytest.fixture
def dns(platform):
    platform.aws.dns.clear()
    return platform.aws.dns


@pytest.fixture
def owner(platform):
    return make_owner()


def confirmed_sender(platform, owner, email):
    created = owner.api.post(SENDERS, json={"name": "News", "email": email})
    assert created.status == 201, created.text
    text = platform.aws.ses.mailbox.latest(to=email)[0]["text"]
    secret = text.partition("/confirm-sender/")[2].split()[0]
    assert Api().post(f"{SENDERS}/confirm-email", json={"confirmation_id": secret}).status == 200
    return created.json["id"]


def test_no_sender_is_made_for_the_domain_of_another_account(owner, dns):
    domain, other = new_domain(), make_owner()
    verified_key(owner, dns, domain)
    for email in (f"ceo@{domain}", f"ceo@{domain.upper()}", f"ceo@news.{domain}", f"ceo@a.b.c.{domain}"):
        answer = other.api.post(SENDERS, json={"name": "The boss", "email": email})
        assert (answer.status, answer.json["detail"][0]["type"]) == (403, "domain_taken"), email
    assert other.api.get(SENDERS).json["data"] == []
    assert owner.api.post(SENDERS, json={"name": "The boss", "email": f"ceo@{domain}"}).status == 201
    assert other.api.post(SENDERS, json={"name": "Another", "email": f"ceo@not{domain}"}).status == 201


def test_letters_of_other_scripts_do_not_help(owner, dns):
    domain, other = f"paypost-{new_domain()}", make_owner()
    verified_key(owner, dns, domain)
    cyrillic = domain.replace("paypost", "раyроѕt")  # noqa: RUF001
    wide = domain.replace("paypost", "ｐaypost")  # noqa: RUF001
    for look_alike in (cyrillic, wide, f"news.{cyrillic}"):
        email = f"ceo@{look_alike}"
        assert other.api.post(SENDERS, json={"name": "The boss", "email": email}).status == 403, look_alike
        assert bootstrap.domain_ownership().verified(other.account_id, look_alike) is None
    assert other.api.post("/brands/default/dkim", json={"domain": cyrillic}).status == 403


def test_a_domain_below_that_of_another_account_can_be_verified_by_its_own_record(owner, dns):
    domain, other = new_domain(), make_owner()
    verified_key(owner, dns, domain)
    verified_key(other, dns, f"shop.{domain}")
    assert other.api.post(SENDERS, json={"name": "Shop", "email": f"a@shop.{domain}"}).status == 201
    assert owner.api.post(SENDERS, json={"name": "Shop", "email": f"a@shop.{domain}"}).status == 403


def test_a_sender_from_before_sends_nothing_any_more(owner, dns, platform):
    """An employee's address was confirmed by its mail before the company came."""
    domain, company = new_domain(), make_owner()
    sender_id = confirmed_sender(platform, owner, f"news@{domain}")
    list_id = make_list(owner, default_sender={"id": sender_id})
    campaign_id = make_campaign(owner, list_id=list_id, sender={"id": sender_id})
    later = make_campaign(owner, list_id=list_id, sender={"id": sender_id})
    owner.api.post(f"/lists/{list_id}/contacts", json={"email": f"reader@{new_domain()}"})
    at = int((platform.clock() + timedelta(hours=1)).timestamp())
    assert owner.api.post(f"/campaigns/{later}/schedule", json={"date": at}).status == 200
    verified_key(company, dns, domain)
    before = len(platform.aws.ses.accepted)
    answer = owner.api.post(f"/campaigns/{campaign_id}/schedule")
    assert (answer.status, domain in answer.json["detail"][0]["msg"]) == (403, True)
    assert owner.api.post(f"/campaigns/{campaign_id}/send-test", json={"email": owner.email}).status == 403
    mail = {"email": owner.email, "sender": {"id": sender_id}, "content": {"subject": "S", "html": "<p>H</p>"}}
    mail["content"]["encoding"] = "utf-8"
    assert owner.api.post("/emails", json=mail).status == 403
    assert owner.api.post("/lists", json={"name": "L", "default_sender": {"id": sender_id}}).status == 403
    platform.clock.move(timedelta(hours=1, minutes=1))
    platform.ring()
    platform.drain()
    assert len(platform.aws.ses.accepted) == before, "nothing is sent by a campaign that was scheduled before"
