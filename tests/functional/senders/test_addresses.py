"""Senders by address and by number, as programs of other dialects name them."""

import pytest

from postrider import bootstrap
from postrider.kit.errors import Forbidden, Invalid, NotFound
from postrider.senders.named_address import parse_named_address
from tests.functional.domains.test_dkim import new_domain, verified_key
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_sender

SENDERS = "/brands/default/senders"


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def dns(platform):
    platform.aws.dns.clear()
    return platform.aws.dns


def test_a_sender_of_a_verified_domain_is_made_without_a_mail(owner, dns, platform):
    domain = new_domain()
    verified_key(owner, dns, domain)
    email = f"Sales.Team@{domain}"
    made = bootstrap.senders().for_address(owner.account_id, email, "Support")
    assert (made.email, made.name, made.confirmed) == (email, "Support", True)
    assert bootstrap.senders().for_address(owner.account_id, email.lower(), "Another name") == made
    assert platform.aws.ses.mailbox.latest(to=email) == []
    below = bootstrap.senders().for_address(owner.account_id, f"a@news.{domain}", "News")
    assert {sender["id"] for sender in owner.api.get(SENDERS).json["data"]} == {made.id, below.id}


def test_a_confirmed_sender_is_found_whatever_its_domain(owner):
    sender_id = make_sender(owner)
    assert bootstrap.senders().for_address(owner.account_id, owner.email.upper(), "Me").id == sender_id


def test_a_sender_that_waits_for_its_confirmation_is_confirmed_by_its_domain(owner, dns):
    domain = new_domain()
    waiting = owner.api.post(SENDERS, json={"name": "W", "email": f"w@{domain}"}).json["id"]
    with pytest.raises(Forbidden) as refused:
        bootstrap.senders().for_address(owner.account_id, f"w@{domain}", "W")
    assert refused.value.code == "sender_not_allowed"
    verified_key(owner, dns, domain)
    sender = bootstrap.senders().for_address(owner.account_id, f"w@{domain}", "W")
    assert (sender.id, sender.confirmed) == (waiting, True)


def test_no_sender_of_another_accounts_domain_is_made(owner, dns):
    domain, other = new_domain(), make_owner()
    verified_key(owner, dns, domain)
    below = make_owner(parent=owner)
    for account, code in ((other, "domain_taken"), (below, "sender_not_allowed")):
        for email in (f"a@{domain}", f"a@sub.{domain}", f"a@{domain.upper()}"):
            with pytest.raises(Forbidden) as refused:
                bootstrap.senders().for_address(account.account_id, email, "A")
            assert refused.value.code == code
        assert account.api.get(SENDERS).json["data"] == []
    with pytest.raises(Invalid):
        bootstrap.senders().for_address(owner.account_id, f"no address@{domain}", "A")
    with pytest.raises(Forbidden):
        bootstrap.senders().for_address(owner.account_id, f"a@{domain}", "ceo@bank.example")


def test_a_sender_has_a_number_of_its_own(owner):
    sender = bootstrap.senders().get(owner.account_id, make_sender(owner))
    other = make_owner()
    second = bootstrap.senders().get(other.account_id, make_sender(other))
    assert sender.numeric_id > 0
    assert sender.numeric_id != second.numeric_id
    assert bootstrap.senders().get_by_numeric_id(owner.account_id, sender.numeric_id) == sender
    for number in (second.numeric_id, 10**20):
        with pytest.raises(NotFound):
            bootstrap.senders().get_by_numeric_id(owner.account_id, number)


def test_an_address_is_free_again_after_its_sender_is_deleted(owner):
    sender = bootstrap.senders().get(owner.account_id, make_sender(owner))
    assert owner.api.post(SENDERS, json={"name": "Me", "email": owner.email.upper()}).status == 400
    assert owner.api.delete(f"{SENDERS}/{sender.id}").status == 200
    with pytest.raises(NotFound):
        bootstrap.senders().get_by_numeric_id(owner.account_id, sender.numeric_id)
    assert make_sender(owner) != sender.id


@pytest.mark.parametrize(
    ("text", "name", "email"),
    [
        ('"Support, Team" <a@example.com>', "Support, Team", "a@example.com"),
        ("Support <a@example.com>", "Support", "a@example.com"),
        ("a@example.com", "", "a@example.com"),
        ("=?utf-8?q?B=C3=BCcher?= <a@example.com>", "Bücher", "a@example.com"),
        (" <a@bücher.example> ", "", "a@bücher.example"),
    ],
)
def test_a_mailbox_is_a_name_and_an_address(text, name, email):
    assert parse_named_address(text) == (name, email)


@pytest.mark.parametrize(
    "text", ["", "nobody", "a@example.com, b@example.com", "A <a@example.com> x", "A\r\nBcc: x@example.com <a@b.co>"]
)
def test_a_text_that_is_not_exactly_one_mailbox_is_refused(text):
    with pytest.raises(Invalid):
        parse_named_address(text)
