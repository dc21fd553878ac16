"""The wide form of transactional mail: many addresses, templates by trigger name, moments to send at."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.kit.errors import Invalid
from postrider.transactional.model import MailAddress, MailRequest
from postrider.transactional.rules import MAX_AHEAD
from postrider.transactional.service import messages_of


def order(shop, *to, **fields):
    values = {"subject": "Hi", "text": "Hello", "sender_id": shop.sender_id, **fields}
    return MailRequest(to=tuple(MailAddress(email=email) for email in to), **values)


def send(shop, *to, **fields):
    return bootstrap.transactional_mails().send(shop.owner.account_id, order(shop, *to, **fields))


def test_each_address_gets_a_copy_that_names_all_but_the_hidden_ones(shop):
    to, cc, bcc = shop.address("to"), shop.address("cc"), shop.address("bcc")
    mail = send(shop, to, to.upper(), cc=(MailAddress(email=cc, name="Zoë Ü"),), bcc=(MailAddress(email=bcc),))
    shop.platform.drain("send-transactional")
    for address in (to, cc, bcc):
        (message,) = shop.received(address)
        assert (message["To"], message["Cc"], message["Bcc"]) == (to, f"Zoë Ü <{cc}>", None)
    rows = shop.log("sent", filter=f"email_id=={mail.id}", with_count="true")
    assert {row["email"] for row in rows} == {to, cc, bcc}
    assert len({row["sent_id"] for row in rows}) == 3
    pages = [shop.log("sent", filter=f"email_id=={mail.id}", page=page, per_page=2) for page in (1, 2)]
    assert [len(page) for page in pages] == [2, 1]


def test_a_suppressed_address_among_others_is_skipped(shop):
    to, gone = shop.address(), shop.address()
    bootstrap.address_suppression().suppress(shop.owner.account_id, gone)
    mail = send(shop, to, gone)
    shop.platform.drain("send-transactional")
    assert (len(shop.received(to)), shop.received(gone)) == (1, [])
    outcomes = {
        copy.email: (copy.outcome, copy.reason) for copy in bootstrap.mail_ledger().of_mail(mail.account_id, mail.id)
    }
    assert outcomes == {to: ("sent", None), gone: ("skipped", "suppressed")}


def test_fifteen_addresses_are_the_most(shop):
    addresses = [shop.address() for _ in range(16)]
    mail = send(shop, *addresses[:15])
    assert [addressee.id for addressee in mail.addressees] == list(range(mail.id, mail.id + 15))
    with pytest.raises(Invalid) as refused:
        send(shop, *addresses)
    assert refused.value.code == "too_many_recipients"
    with pytest.raises(Invalid):
        send(shop)


def test_a_template_is_found_by_its_trigger_name_and_parts_of_the_call_replace_its_parts(shop):
    content = {"type": "html", "subject": "Paid", "html": '<p>[IF `plan` = "pro"]Pro[ELSE]Free[ENDIF]</p>'}
    shop.owner.api.post("/templates", json={"name": "x", "content": content, "trigger_name": "order-paid"})
    to = shop.address()
    send(shop, to, template="ORDER-PAID", subject=None, text=None, attributes={"plan": "pro"})
    shop.platform.drain("send-transactional")
    (message,) = shop.received(to)
    assert (message["Subject"], message.get_body(("html",)).get_content().strip()[:10]) == ("Paid", "<p>Pro</p>"[:10])
    send(shop, to, template="order-paid", subject="Own", text="Own text", attributes={"plan": "free"})
    shop.platform.drain("send-transactional")
    latest = shop.received(to)[0]
    assert (latest["Subject"], latest.get_body(("plain",)).get_content().strip()) == ("Own", "Own text")
    with pytest.raises(Invalid) as refused:
        send(shop, to, template="nothing")
    assert refused.value.field == ("content", "template", "id")


def test_a_mail_waits_for_its_moment(shop):
    """Near moments are waited for in the queue, far ones by a schedule that enqueues the mail."""
    now, to = shop.platform.clock(), shop.address()
    mail = send(shop, to, send_at=now + timedelta(days=2))
    assert shop.platform.drain("send-transactional").handled == 0
    assert shop.received(to) == []
    shop.platform.clock.move(timedelta(days=2, seconds=1))
    shop.platform.ring()
    shop.platform.drain("send-transactional")
    assert len(shop.received(to)) == 1
    (row,) = shop.log("sent", filter=f"email_id=={mail.id}")
    assert row["timestamp"] >= int((now + timedelta(days=2)).timestamp())


def test_a_message_that_comes_too_early_goes_back(shop, monkeypatch):
    delays = []
    mail = send(shop, shop.address(), send_at=shop.platform.clock() + timedelta(minutes=10))
    put_back = bootstrap.transactional_sender()
    monkeypatch.setattr(put_back, "_put_back", lambda message, wait_s: delays.append(wait_s))
    put_back.send(messages_of(mail)[0])
    assert delays == [600]


def test_a_moment_too_far_ahead_is_refused_and_a_past_moment_means_now(shop):
    now = shop.platform.clock()
    with pytest.raises(Invalid) as refused:
        send(shop, shop.address(), send_at=now + MAX_AHEAD + timedelta(seconds=1))
    assert refused.value.field == ("send_at",)
    assert send(shop, shop.address(), send_at=now - timedelta(days=1)).due_at == now


def test_concurrent_mails_do_not_exceed_the_limit_of_a_month_together(shop):
    """Accepted mails count before they are sent, and once after they are sent."""
    accounts, account_id = bootstrap.accounts(), shop.owner.account_id
    accounts.change(account_id, {"usage_limits": {"per_month": 5}})
    for _ in range(2):
        shop.send(shop.address())

    def outcome(address):
        try:
            return send(shop, address).is_draft
        except Invalid as exc:
            return exc.code

    with ThreadPoolExecutor(10) as threads:
        outcomes = list(threads.map(outcome, [shop.address() for _ in range(10)]))
    assert (outcomes.count(False), outcomes.count("usage_limit_reached")) == (3, 7)
    answer = shop.post(shop.address())
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "email"])
    message = answer.json["detail"][0]["msg"]
    assert "may send 5 mails in its month and has sent 2 and accepted 3 more; this needs 1 more. Wait until" in message
    shop.platform.drain("send-transactional")
    assert "has sent 5; this needs 1 more" in shop.post(shop.address()).json["detail"][0]["msg"]
    accounts.change(account_id, {"usage_limits": {"per_month": 6}})
    assert [shop.post(shop.address()).status for _ in range(2)] == [201, 400]


def test_a_mail_counts_in_the_month_in_which_it_is_due_and_a_draft_when_it_is_released(shop):
    accounts, account_id = bootstrap.accounts(), shop.owner.account_id
    accounts.change(account_id, {"usage_limits": {"per_month": 1}})
    draft_id = shop.post(shop.address(), draft=True).json["data"]["id"]
    later = int((bootstrap.usage().current_period(account_id).end + timedelta(days=1)).timestamp())
    assert [shop.post(shop.address(), send_at=later).status for _ in range(2)] == [201, 400]
    assert shop.post(shop.address()).status == 201
    refusal = shop.owner.api.post(f"/emails/{draft_id}/release")
    assert (refusal.status, refusal.json["detail"][0]["type"]) == (400, "usage_limit_reached")
    accounts.change(account_id, {"usage_limits": {"per_month": 2}})
    assert shop.owner.api.post(f"/emails/{draft_id}/release").status == 200
