"""The links of transactional mails, and requests of the people that got them."""

import re

from postrider import bootstrap
from tests.testing.factories.accounts import make_owner
from tests.testing.harness import Api

HTML = (
    '<p>Hello [name] <a href="https://example.com/a">a</a> <a href="[SHOWEMAIL]">Show</a> '
    '<a href="[UNSUBSCRIBE]">Leave</a></p>'
)


def sent(shop, to, **fields):
    template = {"name": "x", "content": {"type": "html", "html": HTML}}
    template_id = shop.owner.api.post("/templates", json=template).json["id"]
    attributes = [{"name": "name", "value": "Zoë"}]
    mail_id = shop.send(to, content={"template": {"id": template_id, "custom_attributes": attributes}}, **fields)
    html = shop.received(to)[0].get_body(("html",)).get_content()
    return mail_id, {kind: re.findall(rf"/{kind}/[\w-]+", html)[0] for kind in "ouv"}


def test_a_link_to_unsubscribe_suppresses_the_address(shop):
    to = shop.address()
    _, links = sent(shop, to)
    assert "all emails" in Api().get(links["u"]).text
    assert shop.post(to).status == 201, "a GET changes nothing"
    assert Api().post(links["u"], form={"List-Unsubscribe": "One-Click"}).status == 200
    shop.platform.drain("record-engagement")
    (row,) = shop.log("unsubscribe")
    assert (row["email"], row["type"]) == (to, "global_unsubscribe")
    assert shop.post(to).status == 400
    shop.platform.drain("send-transactional")
    assert len(shop.log("sent")) == 2, "what was taken before is on its way"


def test_the_mail_can_be_looked_at_in_the_browser(shop):
    _, links = sent(shop, shop.address())
    answer = Api().get(links["v"])
    assert answer.status == 200
    assert "Hello Zoë" in answer.text
    assert "https://example.com/a" in answer.text
    assert "/o/" not in answer.text


def test_a_person_sees_and_erases_the_mails_to_the_address(shop):
    to = shop.address()
    mail_id, links = sent(shop, to, additional_headers=[{"name": "X-Name", "value": "Secret"}])
    Api().get(
        links["o"], headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0"}, source_ip="198.51.100.9"
    )
    shop.platform.drain()
    (mail,) = shop.owner.api.post("/people/export", json={"email": to}).json["data"]["emails"]
    assert (mail["email_id"], mail["subject"], mail["outcome"]) == (mail_id, "Your receipt", "sent")
    assert {row["type"] for row in mail["log"]} == {"sent", "open"}
    assert shop.owner.api.post("/people/erase", json={"email": to}).json["data"]["log_rows"] == 1
    (row,) = shop.log("sent", filter=f"email_id=={mail_id}")
    assert (row["email"], row["additional_headers"]) == (None, [])
    (opened,) = shop.log("open")
    assert (opened["source_ip"], opened["email"]) == (None, None)
    assert bootstrap.mail_store().get(shop.owner.account_id, mail_id) is None
    assert Api().get(links["v"]).status == 404
    assert shop.post(to).status == 400


def test_another_account_sees_nothing(shop):
    to = shop.address()
    mail_id, _ = sent(shop, to)
    other = make_owner()
    for text in (f"email=={to}", f"email_id=={mail_id}", "group_id==1"):
        query = {"log_type": "sent", "filter": text, "with_count": "true"}
        answer = other.api.get("/logs/emails", query=query).json
        assert (answer["data"], answer["pagination"]["count"]) == ([], 0)
