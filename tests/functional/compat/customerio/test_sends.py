"""Mails to one person and snippets over Customer.io's App API."""

import base64
import re
from datetime import timedelta
from typing import Any

import pytest

from functions.compat.customerio.translate_sends import MAX_ATTACHMENT_BYTES
from postrider import bootstrap
from postrider.contacts.model import WithdrawnBy
from postrider.kit.clock import unix
from postrider.suppressions.model import SuppressionSource
from postrider.tracking.tokens import MailToken, TokenPurpose
from tests.functional.transactional.conftest import Shop, shop
from tests.testing.customerio import CustomerioApi, make_client
from tests.testing.factories.campaigns import make_campaign
from tests.testing.harness import Api

__all__ = ["shop"]
PDF = base64.b64encode(b"%PDF-1.7 receipt").decode()


@pytest.fixture
def api(shop: Shop) -> CustomerioApi:
    return make_client(shop.owner)


@pytest.fixture
def sender(shop: Shop) -> str:
    return bootstrap.senders().get(shop.owner.account_id, shop.sender_id).email


def send(api: CustomerioApi, to: str, **values: Any) -> Any:
    body = {"to": to, "identifiers": {"email": to}, "subject": "Hi", "body": "<p>Hello</p>", **values}
    return api.post("/v1/send/email", body)


def sent(api: CustomerioApi, shop: Shop, to: str, **values: Any) -> dict[str, Any]:
    """Send a mail, and return its message once the workers are done."""
    answer = send(api, to, **values)
    assert answer.status == 200, answer.text
    shop.platform.drain("send-transactional")
    message: dict[str, Any] = api.get(f"/v1/messages/{answer.json['delivery_id']}").json["message"]
    return message


ITEMS = [
    {"name": "Pen & ink", "count": 2, "url": "https://shop.example.com/pen"},
    {"name": "Pad", "count": 1, "url": "https://shop.example.com/pad"},
]


def test_a_template_by_its_trigger_name_is_sent_with_overrides(shop: Shop, api: CustomerioApi, sender: str) -> None:
    content = {
        "type": "html",
        "subject": "Paid {{trigger.no}}",
        "html": "<p>Dear {{customer.name}}, {{message_data.no}}</p><table>{% for item in trigger.items %}<tr><td>"
        '<a href="{{ item.url }}">{{ item.name }}</a> x {{ item.count }}</td></tr>{% endfor %}</table>',
    }
    shop.owner.api.post("/templates", json={"name": "x", "content": content, "trigger_name": "Order-Paid"})
    to, hidden = shop.address(), shop.address("hidden")
    list_id = bootstrap.lists().default(shop.owner.account_id).id
    shop.owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "name", "type": "text"})
    person = bootstrap.contacts().upserts.create(
        shop.owner.account_id, list_id, email=to, external_id="u1", attributes={"name": "Ada"}
    )
    body = {
        "transactional_message_id": "oRDER-paid",
        "to": f'"Lovelace, Ada" <{to}>',
        "bcc": hidden,
        "from": f"Shop <{sender}>",
        "reply_to": "help@example.com",
        "preheader": "Thank you",
        "headers": {"X-Order": "17"},
        "attachments": {"r.pdf": PDF},
        "identifiers": {"id": "u1"},
        "message_data": {"no": 17, "items": ITEMS},
    }
    answer = api.post("/v1/send/email", body)
    now = unix(shop.platform.clock())
    assert answer.json | {"delivery_id": ""} == {"delivery_id": "", "queued_at": now, "send_at": now}
    path = f"/v1/messages/{answer.json['delivery_id']}"
    assert api.get(path).json["message"]["metrics"].keys() == {"created"}
    shop.platform.drain("send-transactional")
    (received,), (copy,) = shop.received(to), shop.received(hidden)
    assert (received["Subject"], received["X-Order"], received["Reply-To"]) == ("Paid 17", "17", "help@example.com")
    assert ("Lovelace, Ada" in str(received["To"]), copy["Bcc"]) == (True, None)
    html = received.get_body(("html",)).get_content()
    assert "Dear Ada, 17" in html
    assert re.findall(r'<td><a href="[^"]*/c/[^"]*">(.*?)</a> x (\d)</td>', html) == [
        ("Pen &amp; ink", "2"),
        ("Pad", "1"),
    ]
    assert "Thank you" in html
    message = api.get(path).json["message"]
    assert message["metrics"].keys() == {"created", "attempted", "sent", "delivered"}
    assert message["customer_identifiers"]["cio_id"] == f"cio_{person.id:x}"
    assert (message["customer_id"], message["subject"]) == ("u1", "Paid 17")


def test_an_own_content_needs_all_its_parts(shop: Shop, api: CustomerioApi, sender: str) -> None:
    to = shop.address()
    refusal = send(api, to)
    assert (refusal.status, refusal.json["meta"]["error"]) == (
        400,
        "Give transactional_message_id, or all of body, subject and from.",
    )
    message = sent(api, shop, to, **{"from": sender}, body_plain="Plain {{ trigger.x }}", message_data={"x": 1})
    assert ("sent" in message["metrics"], message["transactional_message_id"]) == (True, 1)
    assert api.post("/v1/exports/deliveries", {"transactional_message_id": 1}).status == 200
    assert "Plain 1" in shop.received(to)[0].get_body(("plain",)).get_content()
    made = bootstrap.lists().default(shop.owner.account_id)
    assert bootstrap.contacts().find(shop.owner.account_id, made.id, to) is not None


EXACTLY_ONE = "Invalid request: body.identifiers: Send exactly one of id, email and cio_id."
REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "an unknown template": ({"transactional_message_id": "nothing"}, 400, "Unknown template"),
    "another's address": ({"from": "boss@elsewhere.example"}, 400, "Mail cannot be sent from"),
    "sixteen addresses": ({"cc": ",".join(f"p{n}@example.com" for n in range(15))}, 400, "at most 15"),
    "bad base64": ({"attachments": {"x": "***"}}, 400, 'Attachment must be base64 encoded: "x"'),
    "a program": ({"attachments": [{"x.exe": PDF}]}, 403, "is not allowed"),
    "other bytes": ({"attachments": {"x.png": PDF}}, 400, "do not match the type"),
    "a large file": (
        {"attachments": {"x.pdf": base64.b64encode(b"%PDF-" + bytes(MAX_ATTACHMENT_BYTES)).decode()}},
        413,
        "too large",
    ),
    "a reserved header": ({"headers": [{"name": "DKIM-Signature", "value": "x"}]}, 400, "reserved"),
    "headers of another form": ({"headers": '{"X-A": 1}'}, 400, "Invalid headers"),
    "two identifiers": ({"identifiers": {"id": "1", "email": "a@example.com"}}, 400, EXACTLY_ONE),
    "an unknown cio_id": ({"identifiers": {"cio_id": "cio_fffff"}}, 400, "Unknown person"),
    "a broken address": ({"to": "nobody"}, 400, "mailbox"),
    "an encoded line end in a name": ({"to": "=?utf-8?q?a=0d=0ab?= <a@example.com>"}, 400, "mailbox"),
    "too far ahead": ({"send_at": 2_000_000_000 * 2}, 400, "90 days"),
    "no moment": ({"send_at": 10**17}, 400, "send_at"),
    "broken liquid": ({"body": "{{ trigger.x"}, 400, "Unclosed"),
    "AMP": ({"body_amp": "<html amp4email>"}, 400, "AMP"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_invalid_sends_are_refused(shop: Shop, api: CustomerioApi, sender: str, case: str) -> None:
    values, status, text = REFUSED[case]
    answer = send(api, **{"to": shop.address(), "from": sender} | values)
    assert (answer.status, text in answer.json["meta"]["error"]) == (status, True), answer.text


@pytest.mark.parametrize(
    "headers",
    [{"X-A": "1"}, [{"name": "X-A", "value": "1"}], [{"X-A": "1"}], '[{"name":"X-A","value":"1"}]', '{"X-A":"1"}'],
)
def test_headers_have_several_forms(shop: Shop, api: CustomerioApi, sender: str, headers: Any) -> None:
    to = shop.address()
    sent(api, shop, to, **{"from": sender}, headers=headers)
    assert shop.received(to)[0]["X-A"] == "1"


def test_a_subject_is_kept_with_its_values_only_when_the_content_is(
    shop: Shop, api: CustomerioApi, sender: str
) -> None:
    body = {"from": sender, "subject": "Your code is {{ trigger.code }}", "message_data": {"code": 4711}}
    assert sent(api, shop, shop.address(), **body)["subject"] == "Your code is 4711"
    to = shop.address()
    assert sent(api, shop, to, **body, disable_message_retention=True)["subject"] == body["subject"]
    assert shop.received(to)[0]["Subject"] == "Your code is 4711"


def test_a_missing_value_fails_the_message(shop: Shop, api: CustomerioApi, sender: str) -> None:
    message = sent(api, shop, shop.address(), **{"from": sender}, body="{{ trigger.total }}")
    assert "failed" in message["metrics"]
    assert "`trigger.total`" in message["failure_message"]


def test_complained_people_get_nothing_and_unsubscribed_people_only_mail_to_all(
    shop: Shop, api: CustomerioApi, sender: str
) -> None:
    complainant, leaver, account_id = shop.address("c"), shop.address("l"), shop.owner.account_id
    suppress = bootstrap.address_suppression().suppress
    suppress(account_id, complainant, SuppressionSource.COMPLAINT)
    suppress(account_id, leaver, SuppressionSource.GLOBAL_UNSUBSCRIBE)
    assert "sent" not in sent(api, shop, complainant, **{"from": sender})["metrics"]
    assert "sent" in sent(api, shop, leaver, **{"from": sender})["metrics"]
    assert "sent" not in sent(api, shop, leaver, **{"from": sender}, send_to_unsubscribed=False)["metrics"]
    assert shop.received(complainant) == []


def test_the_address_of_who_left_counts_whoever_the_mail_is_for(shop: Shop, api: CustomerioApi, sender: str) -> None:
    to, account_id = shop.address(), shop.owner.account_id
    list_id = bootstrap.lists().default(account_id).id
    person = bootstrap.contacts().upserts.create(account_id, list_id, email=to)
    bootstrap.contacts().unsubscribe(account_id, list_id, person.id, {}, by=WithdrawnBy.PERSON)
    values = {"from": sender, "identifiers": {"id": "another"}}
    assert "sent" not in sent(api, shop, to, **values, send_to_unsubscribed=False)["metrics"]
    assert "sent" in sent(api, shop, to, **values)["metrics"]


def test_the_address_is_looked_up_again_when_a_later_mail_is_due(shop: Shop, api: CustomerioApi, sender: str) -> None:
    """Its owner unsubscribed after the call, and is not the person of the call."""
    account_id, moment = shop.owner.account_id, unix(shop.platform.clock()) + 86_400
    list_id = bootstrap.lists().default(account_id).id
    values = {"from": sender, "identifiers": {"id": "another"}, "send_at": moment}
    leaver, another = shop.address("l"), shop.address("a")
    people = {to: bootstrap.contacts().upserts.create(account_id, list_id, email=to) for to in (leaver, another)}
    for to in people:
        assert send(api, to, **values, send_to_unsubscribed=False).status == 200
    bootstrap.contacts().unsubscribe(account_id, list_id, people[leaver].id, {}, by=WithdrawnBy.PERSON)
    shop.platform.clock.move(timedelta(days=1, seconds=1))
    shop.platform.ring()
    shop.platform.drain("send-transactional")
    assert (len(shop.received(leaver)), len(shop.received(another))) == (0, 1)


def leave_by_link(account_id: str, list_id: int, contact_id: int) -> None:
    token = MailToken(account_id=account_id, list_id=list_id, contact_id=contact_id, source=None)
    link = bootstrap.mail_tokens().make(TokenPurpose.UNSUBSCRIBE, token)
    assert Api().post(f"/u/{link}", form={"List-Unsubscribe": "One-Click"}).status == 200


def test_the_departure_of_a_deleted_contact_counts_at_acceptance(shop: Shop, api: CustomerioApi, sender: str) -> None:
    to, account_id = shop.address(), shop.owner.account_id
    list_id = bootstrap.lists().default(account_id).id
    leaver = bootstrap.contacts().upserts.create(account_id, list_id, email=to)
    leave_by_link(account_id, list_id, leaver.id)
    bootstrap.contacts().delete(account_id, list_id, leaver.id)
    values = {"from": sender, "identifiers": {"id": "another"}}
    assert "sent" not in sent(api, shop, to, **values, send_to_unsubscribed=False)["metrics"]
    assert "sent" in sent(api, shop, to, **values)["metrics"]


def test_departures_of_deleted_contacts_count_when_a_later_mail_is_due(
    shop: Shop, api: CustomerioApi, sender: str
) -> None:
    """They count for the address of a mail, and for its person, whose mail may have another address."""
    account_id, moment = shop.owner.account_id, unix(shop.platform.clock()) + 86_400
    contacts, list_id = bootstrap.contacts(), bootstrap.lists().default(account_id).id
    people: dict[str, tuple[str, int]] = {}
    for name in ("left", "deleted", "bounced", "stayed", "person left"):
        to = shop.address(name[:3])
        person = contacts.upserts.create(account_id, list_id, email=f"own-{to}" if name == "person left" else to)
        people[name] = to, person.id
        values = {"from": sender, "identifiers": {"email": person.email}, "send_at": moment}
        assert send(api, to, **values, send_to_unsubscribed=name == "bounced").status == 200
    leave_by_link(account_id, list_id, people["left"][1])
    leave_by_link(account_id, list_id, people["person left"][1])
    bounced_id = people["bounced"][1]
    contacts.mark_bounced(account_id, list_id, bounced_id, kind="hard", hard=True, event_id="1")
    for _, contact_id in people.values():
        contacts.delete(account_id, list_id, contact_id)
    leave_by_link(account_id, list_id, people["deleted"][1])
    shop.platform.clock.move(timedelta(days=1, seconds=1))
    shop.platform.ring()
    shop.platform.drain("send-transactional")
    assert [name for name, (to, _) in people.items() if shop.received(to)] == ["stayed"]


def test_a_mail_is_sent_later_and_untracked(shop: Shop, api: CustomerioApi, sender: str) -> None:
    to, moment = shop.address(), unix(shop.platform.clock()) + 86_400
    body = '<p><a href="https://example.com/a">A</a></p>'
    answer = send(api, to, **{"from": sender}, send_at=moment, tracked=False, body=body)
    assert answer.json["send_at"] == moment
    shop.platform.drain("send-transactional")
    assert shop.received(to) == []
    shop.platform.clock.move(timedelta(days=1, seconds=1))
    shop.platform.ring()
    shop.platform.drain("send-transactional")
    assert 'href="https://example.com/a"' in shop.received(to)[0].get_body(("html",)).get_content()


def test_a_draft_is_kept_and_content_that_is_not_to_be_kept_is_forgotten(
    shop: Shop, api: CustomerioApi, sender: str
) -> None:
    draft, other = shop.address("draft"), shop.address()
    assert sent(api, shop, draft, **{"from": sender}, queue_draft=True)["metrics"].keys() == {"created", "drafted"}
    message = sent(api, shop, other, **{"from": sender}, disable_message_retention=True)
    assert (shop.received(draft), len(shop.received(other))) == ([], 1)
    archived = api.get(f"/v1/messages/{message['id']}/archived_message").json["archived_message"]
    assert (archived["forgotten"], "body" in archived and bool(archived["body"])) == (True, False)


def test_two_calls_with_one_key_are_one_mail(shop: Shop, api: CustomerioApi, sender: str) -> None:
    to = shop.address()
    body = {"to": to, "identifiers": {"email": to}, "subject": "Hi", "body": "<p>x</p>", "from": sender}
    answers = [api.post("/v1/send/email", body, headers={"Idempotency-Key": to}) for _ in range(2)]
    shop.platform.drain("send-transactional")
    assert (answers[0].json, len(shop.received(to))) == (answers[1].json, 1)


def test_snippets_are_kept_listed_and_deleted_when_nothing_uses_them(shop: Shop, api: CustomerioApi) -> None:
    put = api.put("/v1/snippets", {"name": " legal/footer ", "value": "<b>Us</b>"})
    kept = {"name": "legal/footer", "value": "<b>Us</b>", "updated_at": unix(shop.platform.clock())}
    assert put.json == {"snippet": kept}
    assert api.get("/v1/snippets").json == {"snippets": [kept]}
    make_campaign(shop.owner, content={"subject": "s", "html": '{{ snippets["legal/footer"] }}'})
    refusal = api.delete("/v1/snippets/legal%2Ffooter")
    assert (refusal.status, "in use" in refusal.json["errors"][0]["detail"]) == (400, True)
    api.put("/v1/snippets", {"name": "unused", "value": "x"})
    assert (api.delete("/v1/snippets/unused").status, api.delete("/v1/snippets/unused").status) == (204, 404)
    for body in ({"name": "a", "value": " "}, {"name": "a", "value": "{{ snippets.b }}"}, {"name": "a"}):
        assert api.put("/v1/snippets", body).status == 400
