"""The wide form of transactional mail: for a person, with data, as a draft, with files, and to people who left."""

from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.contacts.identifiers import Identifier
from postrider.contacts.model import WithdrawnBy
from postrider.kit.errors import Forbidden, Invalid, NotFound, TooLarge
from postrider.messages.ids import copy_key
from postrider.messages.model import Metric
from postrider.suppressions.model import SuppressionSource
from postrider.transactional.model import MailAddress, MailRequest
from postrider.transactional.rules import file_of

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture
def people(shop):
    return bootstrap.contacts(), shop.owner.account_id, bootstrap.lists().default(shop.owner.account_id).id


def send(shop, *to, **fields):
    values = {"subject": "Hi", "text": "Hello", "sender_id": shop.sender_id, **fields}
    order = MailRequest(to=tuple(MailAddress(email=email) for email in to), **values)
    return bootstrap.transactional_mails().send(shop.owner.account_id, order)


def outcomes(mail):
    copies = bootstrap.mail_ledger().of_mail(mail.account_id, mail.id)
    return {copy.email: (copy.outcome.value, copy.reason) for copy in copies}


def test_a_mail_for_a_person_has_their_attributes_and_the_data(shop, people):
    contacts, account_id, list_id = people
    to = shop.address()
    shop.owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "first_name", "type": "text"})
    contact = contacts.upserts.create(
        account_id, list_id, email=to, external_id="u/1", attributes={"first_name": "Ada"}
    )
    text = "{{ customer.first_name }} {{ customer.id }} {{ trigger.order.no }} {{ message_data.order.no }}"
    mail = send(shop, to, text=text, person=Identifier.external_id("u/1"), data={"order": {"no": 7}})
    shop.platform.drain("send-transactional")
    assert shop.received(to)[0].get_content().strip() == "Ada u/1 7 7"
    assert (mail.list_id, mail.contact_id) == (list_id, contact.id)
    (copy,) = bootstrap.mail_ledger().of_mail(account_id, mail.id)
    assert (copy.list_id, copy.contact_id) == (list_id, contact.id)


@pytest.mark.parametrize("kind", ["email", "external_id"])
def test_an_unknown_person_is_made(shop, people, kind):
    contacts, account_id, list_id = people
    to = shop.address()
    person = Identifier.email(to) if kind == "email" else Identifier.external_id(to)
    send(shop, to, person=person)
    made = contacts.by_identifier(account_id, list_id, person)
    assert made.status == ("active" if kind == "email" else "unaddressed")
    assert send(shop, to, person=person).contact_id == made.id
    with pytest.raises(Invalid) as refused:
        send(shop, to, person=Identifier.contact_id(999_999))
    assert refused.value.code == "person_not_found"


def test_a_missing_value_is_refused_or_is_the_outcome_of_the_mail(shop):
    to, text = shop.address(), "{{ trigger.total }}"
    with pytest.raises(Invalid, match=r"`trigger\.total`"):
        send(shop, to, text=text)
    mail = send(shop, to, text=text, is_always_taken=True)
    shop.platform.drain("send-transactional")
    (copy,) = bootstrap.mail_ledger().of_mail(mail.account_id, mail.id)
    assert (copy.outcome, copy.reason) == ("failed", "value_missing")
    assert "`trigger.total`" in copy.failure
    assert shop.received(to) == []
    with pytest.raises(Invalid):
        send(shop, to, text="{{ trigger.total", is_always_taken=True)


def test_unsubscribed_people_get_only_mails_to_unsubscribed(shop, people):
    contacts, account_id, list_id = people
    to = shop.address()
    person = Identifier.email(to)
    contact = contacts.upserts.create(account_id, list_id, email=to)
    contacts.unsubscribe(account_id, list_id, contact.id, by=WithdrawnBy.PERSON)
    bootstrap.address_suppression().suppress(account_id, to, SuppressionSource.GLOBAL_UNSUBSCRIBE)
    first = send(shop, to, person=person, is_always_taken=True)
    second = send(shop, to, person=person, is_always_taken=True, to_unsubscribed=True)
    with pytest.raises(Invalid):
        send(shop, to, person=person)
    shop.platform.drain("send-transactional")
    assert outcomes(first) == {to: ("skipped", "suppressed")}
    assert outcomes(second) == {to: ("sent", None)}


@pytest.mark.parametrize("source", [SuppressionSource.COMPLAINT, SuppressionSource.BOUNCE, SuppressionSource.MANUAL])
def test_complained_and_bounced_contacts_get_no_mail(shop, source):
    """The entry has its earlier source also after the person has unsubscribed."""
    to, other, account_id = shop.address(), shop.address("other"), shop.owner.account_id
    suppress = bootstrap.address_suppression().suppress
    suppress(account_id, to, source)
    mail = send(shop, to, other, to_unsubscribed=True)
    for _ in range(2):
        suppress(account_id, to, SuppressionSource.GLOBAL_UNSUBSCRIBE)
    later = send(shop, to, to_unsubscribed=True, is_always_taken=True)
    shop.platform.drain("send-transactional")
    assert outcomes(mail) == {to: ("skipped", "suppressed"), other: ("sent", None)}
    assert outcomes(later) == {to: ("skipped", "suppressed")}


def test_a_contact_whose_address_bounced_gets_no_mail(shop, people):
    contacts, account_id, list_id = people
    to, other = shop.address(), shop.address("other")
    contact = contacts.upserts.create(account_id, list_id, email=to)
    contacts.mark_complained(account_id, list_id, contact.id, event_id="complaint")
    mail = send(shop, other, cc=(MailAddress(email=to),), person=Identifier.email(other), to_unsubscribed=True)
    shop.platform.drain("send-transactional")
    assert outcomes(mail) == {other: ("sent", None), to: ("skipped", "suppressed")}


def test_a_contact_that_unsubscribes_before_the_moment_of_a_mail_gets_no_mail(shop, people):
    contacts, account_id, list_id = people
    to = shop.address()
    contact = contacts.upserts.create(account_id, list_id, email=to)
    mail = send(shop, to, person=Identifier.email(to), send_at=shop.platform.clock() + timedelta(days=1))
    contacts.unsubscribe(account_id, list_id, contact.id, by=WithdrawnBy.PERSON)
    shop.platform.clock.move(timedelta(days=1, seconds=1))
    shop.platform.ring()
    shop.platform.drain("send-transactional")
    assert outcomes(mail) == {to: ("skipped", "unsubscribed")}


def test_a_draft_waits_until_it_is_released(shop):
    mails, to = bootstrap.transactional_mails(), shop.address()
    mail = send(shop, to, is_draft=True)
    shop.platform.drain("send-transactional")
    bootstrap.transactional_sender().send(bootstrap_message(mail))
    assert shop.received(to) == []
    shop.platform.clock.move(timedelta(days=2))
    released_at = shop.platform.clock()  # a sender that waits for its turn moves the clock
    for _ in range(2):
        released = mails.release(mail.account_id, mail.id)
        shop.platform.drain("send-transactional")
    assert (released.is_draft, released.due_at) == (False, released_at)
    assert len(shop.received(to)) == 1
    with pytest.raises(Invalid, match="has begun"):
        mails.cancel(mail.account_id, mail.id)


def bootstrap_message(mail):
    from postrider.transactional.service import messages_of

    return messages_of(mail)[0]


@pytest.mark.parametrize(
    "fields", [{"is_draft": True}, {"send_at": timedelta(days=2)}, {"send_at": timedelta(minutes=5)}]
)
def test_a_mail_that_waits_can_be_cancelled(shop, fields):
    mails, to = bootstrap.transactional_mails(), shop.address()
    if "send_at" in fields:
        fields = {"send_at": shop.platform.clock() + fields["send_at"]}
    mail = send(shop, to, **fields)
    mails.cancel(mail.account_id, mail.id)
    shop.platform.clock.move(timedelta(days=3))
    shop.platform.ring()
    shop.platform.drain("send-transactional")
    assert shop.received(to) == []
    for act in (mails.cancel, mails.release):
        with pytest.raises(NotFound):
            act(mail.account_id, mail.id)


def test_content_that_is_not_kept_is_deleted_after_the_last_copy(shop):
    to, other = shop.address(), shop.address("other")
    mail = send(shop, to, other, is_content_kept=False)
    bootstrap.transactional_sender().send(bootstrap_message(mail))
    assert bootstrap.mail_store().get(mail.account_id, mail.id) is not None
    shop.platform.drain("send-transactional")
    assert (len(shop.received(to)), len(shop.received(other))) == (1, 1)
    assert bootstrap.mail_store().get(mail.account_id, mail.id) is None


def test_the_sender_is_named_by_its_address_or_is_the_default_sender(shop, people):
    _, account_id, _ = people
    sender = bootstrap.senders().get(account_id, shop.sender_id)
    to = shop.address()
    named = send(shop, to, sender_id=None, sender_email=sender.email.upper(), sender_name="Support")
    assert (named.sender_id, named.sender_name) == (sender.id, "Support")
    assert send(shop, to, sender_id=None).sender_id == sender.id
    with pytest.raises(Forbidden):
        send(shop, to, sender_id=None, sender_email="boss@elsewhere.example")


def test_a_preheader_is_hidden_in_the_html(shop):
    to = shop.address()
    send(
        shop,
        to,
        text=None,
        html="<html><body class=x><p>Body</p></body></html>",
        preheader="Paid: {{ trigger.n }} <b>",
        data={"n": 3},
    )
    shop.platform.drain("send-transactional")
    html = shop.received(to)[0].get_body(("html",)).get_content()
    assert html.index("Paid: 3 &lt;b&gt;") < html.index("Body")
    assert html.index("<body") < html.index("display:none") < html.index("Paid")


def test_snippets_are_those_of_the_call(shop):
    snippets, account_id, to = bootstrap.snippets(), shop.owner.account_id, shop.address()
    snippets.put(account_id, name="bye", value="Yours, {{ trigger.who }}")
    send(shop, to, text="{{ snippets.bye }}", data={"who": "Ann"})
    snippets.put(account_id, name="bye", value="Bye")
    shop.platform.drain("send-transactional")
    assert shop.received(to)[0].get_content().strip() == "Yours, Ann"


def test_data_is_json_of_a_bounded_size(shop):
    with pytest.raises(TooLarge):
        send(shop, shop.address(), data={"x": "y" * 300_000})
    with pytest.raises(Invalid):
        send(shop, shop.address(), data={"x": 2**70})


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.pdf", b"%PDF-1.7", None),
        ("Überweisung (1).PDF", b"\xef\xbb\xbf\n%PDF-1.7", None),
        ("a.png", PNG, None),
        ("a.txt", "Grüße".encode(), None),
        ("a.csv", "Grüße".encode("latin-1"), None),
        ("a.ics", b"BEGIN:VCALENDAR\r\n", None),
        ("a.pdf", PNG, "attachment_bytes"),
        ("a.png", b"%PDF-1.7", "attachment_bytes"),
        ("a.txt", b"MZ\x00\x01", "attachment_bytes"),
        ("a.docx", b"MZ\x90", "attachment_bytes"),
        ("a.pdf", b"", "attachment_empty"),
        ("a.exe", b"MZ", "attachment_type_forbidden"),
        ("a.html", b"<p>", "attachment_type_forbidden"),
        ("pdf", b"%PDF-", "attachment_type_forbidden"),
        ("a/b.pdf", b"%PDF-", "attachment_name"),
        ("a\nb.pdf", b"%PDF-", "attachment_name"),
    ],
)
def test_a_file_has_an_allowed_type_that_its_bytes_fit(name, data, code):
    if code is None:
        assert file_of(name, data, field="attachments").data == data
        return
    with pytest.raises((Invalid, Forbidden)) as refused:
        file_of(name, data, field="attachments")
    assert refused.value.code == code


def test_a_file_arrives_with_any_name(shop):
    to, name = shop.address(), "Rechnung für Zoë " + "ä" * 60 + " Nr. 1.png"
    send(shop, to, attachments=(file_of(name, PNG, field="attachments"),))
    shop.platform.drain("send-transactional")
    (attached,) = shop.received(to)[0].iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == (name, PNG)


def test_the_message_of_a_mail_has_the_person_and_the_outcome(shop):
    messages, account_id, to = bootstrap.messages(), shop.owner.account_id, shop.address()
    person = Identifier.email(to)

    def message_of(mail):
        return messages.get(account_id, bootstrap.message_ids().of(account_id, copy_key(mail.id, mail.id)))

    draft = message_of(send(shop, to, person=person, is_draft=True))
    assert set(draft.moments) == {Metric.CREATED, Metric.DRAFTED}
    failed = send(shop, to, person=person, text="{{ event.x }}", is_always_taken=True)
    shop.platform.drain("send-transactional")
    message = message_of(failed)
    assert (
        draft.contact
        == message.contact
        == bootstrap.contacts().by_identifier(account_id, draft.contact.list_id, person)
    )
    assert (message.outcome, "`event.x`" in message.failure) == ("failed", True)
