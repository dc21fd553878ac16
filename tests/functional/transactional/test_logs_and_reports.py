"""Outcomes of transactional mails: log, report, suppression."""

import re
from datetime import timedelta

from tests.testing.harness import Api

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"
SCANNER = "Barracuda Sentinel (EE)"
HTML = '<p><a href="https://example.com/order">Order</a> <a href="[GLOBAL_UNSUBSCRIBE]">Leave</a></p>'


def simulator(shop, box):
    return f"{box}+{shop.owner.account_id}@simulator.amazonses.com"


def links_in(shop, to):
    (message,) = shop.received(to)
    html = message.get_body(("html",)).get_content()
    return {kind: re.findall(rf"/{kind}/[\w-]+", html) for kind in "ocg"}


def today(shop, **extra):
    now = int(shop.platform.clock().timestamp())
    answer = shop.owner.api.get("/reports/emails", query={"start_time": now, "end_time": now, **extra})
    assert answer.status == 200, answer.text
    (day,) = answer.json["data"]
    return day


def test_a_sent_mail_is_in_the_log_with_its_headers_and_without_its_content(shop):
    to = shop.address()
    header = {"name": "X-Order", "value": "17"}
    mail_id = shop.send(to, group_id=4, additional_headers=[header], sender={"id": shop.sender_id, "name": "Shop"})
    (row,) = shop.log("sent")
    assert (row["email"], row["email_id"], row["group_id"], row["type"]) == (to, mail_id, 4, "sent")
    assert (row["sender_name"], row["sender_email"], row["additional_headers"]) == ("Shop", shop.owner.email, [header])
    assert (row["clickthru_url"], row["user_agent"]) == (None, None)
    assert "Thanks" not in str(row)


def test_the_log_is_filtered_by_mail_address_and_group(shop):
    to, other = shop.address(), shop.address()
    first = shop.send(to, group_id=1)
    shop.platform.clock.move(timedelta(seconds=10))
    second = shop.send(to, group_id=2)
    third = shop.send(other, group_id=2)

    def ids(text):
        return [row["email_id"] for row in shop.log("sent", filter=text)]

    assert ids(f"email=={to.upper()}") == [second, first]
    assert ids(f"email_id=={third}") == [third]
    assert sorted(ids(f"email_id=={first};email_id=={third}")) == [first, third]
    assert ids(f"email=={to};group_id==2") == [second]
    assert sorted(ids("group_id==2")) == [second, third]
    assert ids(f"email=={other};email_id=={first}") == []
    assert ids(f"email_id=={2**40}") == []
    answer = shop.owner.api.get("/logs/emails", query={"log_type": "sent", "filter": "contact_id==1"})
    assert answer.status == 400


def test_pages_of_the_log_join_without_gap(shop):
    to = shop.address()
    sent = []
    for _ in range(3):
        sent.append(shop.send(to))
        shop.platform.clock.move(timedelta(seconds=1))
    for terms in ({}, {"filter": f"email=={to}"}):
        pages = [shop.log("sent", page=page, per_page=2, **terms) for page in (1, 2, 3)]
        assert [[row["email_id"] for row in page] for page in pages] == [[sent[2], sent[1]], [sent[0]], []]
        answer = shop.owner.api.get("/logs/emails", query={"log_type": "sent", "with_count": "true", **terms})
        assert answer.json["pagination"]["count"] == 3


def test_opens_and_clicks_are_logged_and_marked_if_made_by_machines(shop):
    to, sent_at = shop.address(), int(shop.platform.clock().timestamp())
    shop.send(to, content={"html": HTML})
    shop.platform.clock.move(timedelta(minutes=5))
    links = links_in(shop, to)
    for path in (links["o"][0], links["c"][0]):
        for agent in (FIREFOX, SCANNER):
            assert Api().get(path, headers={"User-Agent": agent}).status in (200, 302)
    shop.platform.drain("record-engagement")
    for log_type in ("open", "clickthru"):
        rows = {row["user_agent"]["is_bot"]: row for row in shop.log(log_type)}
        assert rows.keys() == {True, False}
        assert rows[False]["user_agent"]["browser"]["family"] == "Firefox"
        assert rows[False]["email"] == to
        assert [row["user_agent"]["is_bot"] for row in shop.log(log_type, filter=f"email=={to}")].count(True) == 1
    assert {row["clickthru_url"] for row in shop.log("clickthru")} == {"https://example.com/order"}
    day = today(shop, start_time=sent_at, end_time=sent_at)
    assert (day["sent_emails"], day["open_rate"], day["click_rate"]) == (1, 1.0, 1.0)


def test_a_click_redirects_and_merged_values_are_not_logged(shop):
    template = {"name": "x", "content": {"type": "html", "html": '<a href="https://example.com/o?id=[secret]">o</a>'}}
    template_id = shop.owner.api.post("/templates", json=template).json["id"]
    to = shop.address()
    attributes = [{"name": "secret", "value": "S3C"}]
    shop.send(to, content={"template": {"id": template_id, "custom_attributes": attributes}})
    shop.platform.clock.move(timedelta(minutes=5))
    answer = Api().get(links_in(shop, to)["c"][0], headers={"User-Agent": FIREFOX})
    assert answer.headers["location"] == "https://example.com/o?id=S3C"
    shop.platform.drain("record-engagement")
    assert "S3C" not in str(shop.log("clickthru"))


def test_bounces_and_complaints_are_logged_reported_and_suppressed(shop):
    boxes = {box: simulator(shop, box) for box in ("success", "bounce", "complaint", "softbounce")}
    for to in boxes.values():
        shop.send(to)
    shop.platform.drain()
    assert {row["email"] for row in shop.log("sent")} == set(boxes.values())
    assert {row["email"]: row["type"] for row in shop.log("bounce")} == {
        boxes["bounce"]: "bounce_hb",
        boxes["softbounce"]: "bounce_fm",
    }
    assert all(row["dsn_message"] for row in shop.log("bounce"))
    day = today(shop)
    assert (day["sent_emails"], day["bounce_rate"], day["spam_rate"]) == (4, 0.5, 0.25)
    assert shop.post(boxes["bounce"]).status == shop.post(boxes["complaint"]).status == 400
    assert shop.post(boxes["softbounce"]).status == 201


def test_an_event_of_the_past_counts_for_the_day_of_its_mail(shop):
    to = shop.address()
    shop.send(to, content={"html": HTML})
    shop.platform.clock.move(timedelta(days=2))
    Api().get(links_in(shop, to)["o"][0], headers={"User-Agent": FIREFOX})
    shop.platform.drain("record-engagement")
    end = shop.platform.clock()
    query = {"start_time": int((end - timedelta(days=2)).timestamp()), "end_time": int(end.timestamp())}
    days = shop.owner.api.get("/reports/emails", query=query).json["data"]
    assert [(day["sent_emails"], day["open_rate"]) for day in days] == [(1, 1.0), (0, 0.0), (0, 0.0)]
    assert all(day["date"] % 86_400 == 0 for day in days)


def test_a_period_that_is_too_long_or_ends_first_is_refused(shop):
    for query in ({"start_time": 2_000_000, "end_time": 1_000_000}, {"start_time": 1, "end_time": 400 * 86_400}):
        answer = shop.owner.api.get("/reports/emails", query=query)
        assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["query", "end_time"])
