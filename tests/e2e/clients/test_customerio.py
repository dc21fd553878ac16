"""Customer.io's clients for Python and Node as published: a story over all operations of the App API, and the Track API."""

import csv
import email
import io
import json
import re
import time
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from infra.local import demo

CONTRACT = Path(__file__).parents[2] / "contract" / "customerio.openapi.json"
OBJECT_TYPE = "3"
OBJECT_ID = "acme/1"


@dataclass(frozen=True)
class Story:
    """Input and output of the client programs."""

    mark: str
    made: dict[str, Any]
    """By the clients for Python."""
    said: dict[str, Any]
    """By the client for Node."""

    def email(self, name: str) -> str:
        return f"{self.mark}.{name}@example.com"


@pytest.fixture(scope="module")
def story(clients: Any, api: demo.Api, deployment: Any, default_list_id: int) -> Story:
    sender_id = demo.confirmed_sender(api, deployment.email)
    sender = api.call("GET", f"/brands/default/senders/{sender_id}")["data"]["email"]
    mark = f"story{int(time.time())}"
    content = {
        "type": "html",
        "subject": "Paid {{ trigger.number }}",
        "html": "<p>{{ customer.city }}: {{ message_data.number }}</p>",
        "sender": {"id": sender_id},
    }
    api.call("POST", "/templates", {"name": mark, "content": content, "trigger_name": f"Order-{mark}"})
    made = clients.python("people", mark=mark, template=f"oRDER-{mark.upper()}")
    move_over_kasplo(api, default_list_id, f"{mark}.ada@example.com")
    said = clients.node(
        "story",
        **made,
        mark=mark,
        token=api.token,
        segment_id=made["segment"]["id"],
        emails=[f"{mark}.ada@example.com"],
        template=f"ORDER-{mark}",
        sender=sender,
        object_type=OBJECT_TYPE,
        files=files_of(mark),
        broadcast=broadcast(api, default_list_id, sender_id),
    )
    return Story(mark, made, said)


def move_over_kasplo(api: demo.Api, list_id: int, address: str) -> None:
    """Change an attribute of a person over another API."""
    credential = api.call("POST", "/credentials", {"dialect": "kasplo"})
    body = {
        "list_id": f"{list_id:032x}",
        "data": [{"email": address, "custom_fields": {"city": "Paris"}}],
        "update_subscribers": True,
    }
    url = f"{api.base}/audience/v1/{credential['data']['public']}/contact"
    answer = httpx.post(url, json=body, headers={"api-key": credential["secret"]}, timeout=60)
    assert answer.json()["data"]["total_valid"] == 1, answer.text


def broadcast(api: demo.Api, list_id: int, sender_id: str) -> int:
    body = {
        "name": "Sale",
        "audience": {"list_id": list_id},
        "sender": {"id": sender_id},
        "content": {"subject": "{{ trigger.title }}", "html": '<p>Now</p><a href="[UNSUBSCRIBE]">Leave</a>'},
        "triggered": True,
    }
    return int(api.call("POST", "/campaigns", body)["id"])


def files_of(mark: str) -> dict[str, str]:
    """Return the files to import, by path."""
    return {
        "/people.csv": f"email,plan\n{mark}.fay@example.com,pro\n{mark}.gus@example.com,free\nno address,pro\n",
        "/object.csv": f"object_id,name,seats\n{OBJECT_ID},Acme,3\nglobex,Globex,\n",
        "/event.csv": f"id,name,timestamp,total\n{mark}-ada,order,{int(time.time()) - 60},5\n{mark}-x,order,,\n",
        "/relationship.csv": f"id,object_type_id,object_id,role\n{mark}-ada,{OBJECT_TYPE},{OBJECT_ID},owner\n",
    }


def test_each_operation_of_the_contract_is_called_and_succeeds(story: Story) -> None:
    operations = {
        operation["operationId"]: (method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", path)))
        for path, methods in json.loads(CONTRACT.read_text())["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "post", "put", "delete")
    }
    called = {
        name
        for name, (method, path) in operations.items()
        for call in story.said["calls"]
        if call["method"] == method and call["status"] in (200, 204) and path.fullmatch(call["path"])
    }
    assert (called, len(called)) == (operations.keys(), 50)


def test_five_people_are_identified_and_four_of_them_are_in_a_segment(story: Story) -> None:
    segment = story.made["segment"]
    assert (segment["type"], segment["description"]) == ("manual", "Four people")
    named = {(person["id"], person["email"]) for person in story.made["people"]}
    assert named == {
        (f"{story.mark}-ada", story.email("ada")),
        (f"{story.mark}-ben", story.email("ben")),
        (f"{story.mark}-cy", None),
        (None, story.email("Eve")),
    }


def test_a_segment_is_counted_and_paged_and_another_one_deleted(story: Story) -> None:
    said = story.said["segments"]
    assert said["count"] == 4
    assert [len(page) for page in said["pages"]] == [3, 1]
    assert [person for page in said["pages"] for person in page] == story.made["people"]
    assert {story.made["segment"]["id"], said["other"]["id"]} <= set(said["listed"])
    assert said["shown"] == said["other"]
    assert (said["used_by"]["campaigns"], said["deleted"]["status"]) == ([], 404)


def test_people_are_seen_in_the_main_api_and_changed_over_kasplo(
    story: Story, api: demo.Api, default_list_id: int
) -> None:
    query = f'`email` LIKE "{story.mark}.%"'
    contacts = api.call("GET", f"/lists/{default_list_id}/contacts", query=query)["data"]
    names = ("ada", "ben", "dan", "Eve", "fay", "gus")
    assert sorted(contact["email"].lower() for contact in contacts) == sorted(story.email(n).lower() for n in names)
    attributes = story.said["person"]["attributes"]
    assert (attributes["city"], attributes["plan"], attributes["email"]) == ("Paris", "pro", story.email("ada"))


def test_people_are_exported_by_a_filter_and_the_file_is_downloaded_by_two_links(story: Story) -> None:
    exported = story.said["exported"]["people"]
    first, second = exported["files"]
    assert first["text"] == second["text"]
    rows = list(csv.DictReader(io.StringIO(first["text"])))
    assert [(row["id"], row["email"], row["plan"]) for row in rows] == [
        (f"{story.mark}-ada", story.email("ada"), "pro"),
        (f"{story.mark}-cy", "", "pro"),
        ("", story.email("Eve"), "free"),
    ]
    shown = exported["shown"]
    assert (shown["status"], shown["total"], shown["downloads"], shown["type"]) == ("done", 3, 2, "customers")


def test_files_of_a_web_server_are_imported_in_all_four_kinds(story: Story) -> None:
    rows = {
        kind: (said["state"], said["rows_to_import"], said["rows_imported"])
        for kind, said in story.said["imports"].items()
    }
    assert rows == {
        "people": ("imported", 2, 2),
        "object": ("imported", 2, 2),
        "event": ("imported", 1, 1),
        "relationship": ("imported", 1, 1),
    }, story.said["imports"]


def test_an_object_whose_id_has_a_slash_is_found_with_its_people(story: Story) -> None:
    said = story.said["objects"]
    assert OBJECT_TYPE in said["types"]
    assert (said["found"]["ids"], said["found"]["next"], said["is_same"]) == ([OBJECT_ID], "", True)
    attributes = said["object"]["attributes"]
    assert (attributes["name"], attributes["seats"]) == ("Acme", "3")
    (related,) = said["related"]["cio_relationships"]
    assert (related["identifiers"]["email"], related["relationship_attributes"]) == (
        story.email("ada"),
        {"role": "owner"},
    )


def test_a_template_named_in_another_case_is_sent_with_overrides_and_a_file(story: Story, api: demo.Api) -> None:
    mail = next(mail for mail in mails_to(api, story.email("ada")) if mail["Subject"] == "Bill 17")
    assert (mail["X-Order"], "Lovelace, Ada" in str(mail["To"])) == ("17", True)
    html = mail.get_body(("html",))
    assert html is not None
    assert ": 17" in html.get_content()
    assert [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()] == [
        ("bill.txt", "17 pounds")
    ]


def mails_to(api: demo.Api, address: str) -> list[EmailMessage]:
    entries = httpx.get(f"{api.base}/_local/mail", params={"to": address}, timeout=60).json()
    urls = [f"{api.base}/_local/mail/{quote(entry['id'])}.eml" for entry in entries]
    return [email.message_from_bytes(httpx.get(url, timeout=60).content, policy=default) for url in urls]


def test_invalid_sends_are_refused(story: Story) -> None:
    unreadable, crowded = story.made["refusals"]
    assert unreadable.startswith("400")
    assert 'Attachment must be base64 encoded: \\"bill.txt\\"' in unreadable
    assert crowded.startswith("400")
    assert "at most 15" in crowded


def test_messages_show_how_far_they_are(story: Story) -> None:
    sends = story.said["sends"]
    messages = sends["messages"]
    metrics = {name: set(message["metrics"]) for name, message in messages.items()}
    assert {"created", "attempted", "sent"} <= metrics["own"] & metrics["template"]
    assert (metrics["later"], metrics["draft"]) == ({"created"}, {"created", "drafted"})
    assert (messages["push"]["type"], "failed" in metrics["push"]) == ("push", True)
    assert messages["push"]["failure_message"]
    assert {sends["own"], story.made["sent"]} <= set(sends["listed"])
    assert story.made["draft"] not in sends["listed"]
    archived = sends["archived"]
    assert (archived["id"], archived["recipient"], archived["subject"]) == (sends["own"], story.email("ada"), "Own")
    assert "Good morning" in archived["body"]


def test_the_messages_of_a_template_are_exported(story: Story) -> None:
    exported = story.said["exported"]["deliveries"]
    rows = list(csv.DictReader(io.StringIO(exported["files"][0]["text"])))
    columns = ("delivery_id", "customer_id", "subject", "plan")
    expected = (story.made["sent"], f"{story.mark}-ada", "Bill 17", "pro")
    assert [tuple(row[name] for name in columns) for row in rows] == [expected]
    assert int(rows[0]["sent"]) <= time.time()


def test_a_triggered_broadcast_reaches_whom_it_names_alone(story: Story, api: demo.Api) -> None:
    assert story.said["sends"]["trigger"] == {"id": 1}
    subject_of = {mail["Subject"] for mail in mails_to(api, story.email("ben"))}

    def arrived() -> bool:
        return "Sale" in {mail["Subject"] for mail in mails_to(api, story.email("ada"))}

    assert demo.wait_for("the mail of the broadcast", arrived)
    assert "Sale" not in subject_of


def test_senders_and_snippets_are_shown_with_their_use(story: Story) -> None:
    senders = story.said["senders"]
    assert senders["shown"]["template_type"] == "email"
    assert story.said["newsletter"]["id"] in senders["used_by"]["draft_newsletters"]
    (snippet,) = story.said["snippets"]
    assert snippet["value"] == "Good morning"
    assert (story.said["used"]["status"], "in use" in story.said["used"]["message"]) == (400, True)


def test_a_newsletter_has_contents_by_language_and_test_group(story: Story) -> None:
    said = story.said["newsletter"]
    assert (said["listed"], said["shown"]["sent_at"]) == (said["id"], None)
    assert len(said["shown"]["content_ids"]) == 4
    assert (said["french"]["language"], said["french"]["subject"]) == ("fr", "Bonnes nouvelles")
    assert (said["first"]["subject"], said["second"]["subject"]) == ("News A", "Nouvelles B")
    assert said["metrics"] == [[0, 0], [0, 0]]
    assert (said["links"], said["messages"]) == ([[], []], [])


def test_the_call_of_a_webhook_is_verified_by_both_clients(story: Story, clients: Any) -> None:
    webhook, call = story.said["webhook"], story.said["call"]
    assert (webhook["shown"]["events"], webhook["id"] in webhook["listed"]) == (["email_sent"], True)
    event = json.loads(call["body"])
    assert (event["object_type"], event["metric"]) == ("email", "sent")
    assert (event["data"]["recipient"], event["data"]["subject"]) == (story.email("ada"), "Own")
    assert (call["is_valid"], call["is_other_valid"]) == (True, False)
    signed = {name: call[name] for name in ("key", "timestamp", "body", "signature")}
    assert clients.python("verify_signature", **signed) == [True, False]


def test_thirty_calls_at_once_need_the_repetitions_of_the_client(story: Story) -> None:
    hurried = story.said["hurried"]
    assert hurried["repeated"] == []
    assert hurried["refused"]
    assert {(refusal["status"], int(refusal["retryAfter"]) >= 1) for refusal in hurried["refused"]} == {(429, True)}
