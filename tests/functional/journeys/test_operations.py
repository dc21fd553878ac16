"""Workflows started, looked at and left over HTTP, and what lets contacts enter by itself."""

from datetime import timedelta
from typing import Any

from postrider import bootstrap
from postrider.adapters.memory import MemoryMailer
from postrider.kit.clock import unix
from postrider.mail_events.model import EventType
from postrider.workflows.model import Trigger
from tests.conftest import Platform
from tests.testing.factories.accounts import Owner
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.forms import confirmation_path, mails_to, make_form, sign_up
from tests.testing.factories.journeys import Journey, Step, make_journey, pass_time
from tests.testing.factories.workflows import make_workflow, refusal
from tests.testing.harness import Api

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WAITING = [Step(delay_s=600)]


def emails(list_id: int, count: int) -> list[str]:
    return [f"person-{number}.{list_id}@example.com" for number in range(count)]


def start(journey: Journey, **body: Any) -> Any:
    return journey.owner.api.post(f"/workflows/{journey.workflow.id}/start", json=body)


def waiting(journey: Journey, **query: Any) -> list[dict[str, Any]]:
    answer = journey.owner.api.get(f"/workflows/{journey.workflow.id}/contacts", query=query)
    assert answer.status == 200, answer.text
    return list(answer.json["data"])


def test_contacts_are_put_in_by_ids_and_are_listed(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    ids = add_contacts(owner, list_id, *emails(list_id, 3))
    journey = make_journey(owner, list_id, WAITING)
    answer = start(journey, contact_ids=ids)
    assert (answer.status, answer.json["started"], answer.json["task_id"]) == (200, True, None)
    now = platform.clock()
    platform.drain()
    rows = waiting(journey)
    assert [row["contact_id"] for row in rows] == ids
    assert rows[0] | {"due_on": 0} == {
        "contact_id": ids[0],
        "email": emails(list_id, 1)[0],
        "action_id": str(journey.actions[0].id),
        "entry": 1,
        "entered_on": unix(now),
        "since": unix(now),
        "due_on": 0,
    }
    assert 600 < rows[0]["due_on"] - unix(now) <= 660
    pages = [waiting(journey, page=number, per_page=2) for number in (1, 2, 3)]
    assert [[row["contact_id"] for row in page] for page in pages] == [ids[:2], ids[2:], []]
    assert [row["contact_id"] for row in waiting(journey, page=3, per_page=1)] == ids[2:]


def test_contacts_of_an_expression_enter_as_a_task(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    ids = add_contacts(owner, list_id, *emails(list_id, 3))
    journey = make_journey(owner, list_id, WAITING)
    answer = start(journey, contact_ids=ids[:1], query=f'email = "{emails(list_id, 2)[1]}"')
    platform.drain()
    assert sorted(row["contact_id"] for row in waiting(journey)) == ids[:2]
    task = owner.api.get(f"/tasks/{answer.json['task_id']}").json["data"]
    assert (task["type"], task["status"]) == ("workflowstart", "ready")


def test_only_an_active_manual_workflow_is_started(platform: Platform, owner: Owner, list_id: int) -> None:
    ids = add_contacts(owner, list_id, *emails(list_id, 1))
    inactive = make_workflow(owner, list_id=list_id, trigger="manual")
    other = make_workflow(owner, list_id=list_id, trigger="subscribed")
    for workflow_id, code in ((inactive, "workflow_inactive"), (other, "workflow_not_manual")):
        answer = owner.api.post(f"/workflows/{workflow_id}/start", json={"contact_ids": ids})
        assert refusal(answer)[0] == code
    journey = make_journey(owner, list_id, WAITING)
    assert refusal(start(journey, contact_ids=[999_999_999]))[0] == "contact_not_found"
    assert refusal(start(journey))[0] == "no_contacts"
    assert owner.api.post("/workflows/999999/start", json={"contact_ids": ids}).status == 400


def test_a_contact_is_removed_over_http(platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int) -> None:
    removed, other = add_contacts(owner, list_id, *emails(list_id, 2))
    journey = make_journey(owner, list_id, WAITING)
    start(journey, contact_ids=[removed, other])
    platform.drain()
    path = f"/workflows/{journey.workflow.id}/contacts/{removed}/remove"
    answer = owner.api.post(path)
    assert (answer.status, answer.json) == (200, {"id": removed, "object": "contact", "removed": True})
    assert refusal(owner.api.post(path)) == ("contact_not_in_workflow", ["path", "contact_id"])
    assert [row["contact_id"] for row in waiting(journey)] == [other]
    pass_time(platform, HOUR)
    assert journey.got(mailer) == {(0, other, 1): 1}


def test_contacts_enter_when_they_become_active(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    """Added by the API, or subscribed again; an import lets contacts enter only if it says so."""
    journey = make_journey(owner, list_id, WAITING, trigger=Trigger.SUBSCRIBED)
    (added,) = add_contacts(owner, list_id, "added@example.com")
    platform.drain()
    assert [row["contact_id"] for row in waiting(journey)] == [added]
    bootstrap.contacts().unsubscribe(owner.account_id, list_id, added)
    platform.drain()
    assert waiting(journey) == [], "it has left"
    bootstrap.contacts().resubscribe(owner.account_id, list_id, added)
    platform.drain()
    assert [(row["contact_id"], row["entry"]) for row in waiting(journey)] == [(added, 2)]
    rows = [{"email": f"imported.{list_id}@example.com"}]
    for body, entered in (({}, 1), ({"start_workflows": True}, 2)):
        contacts = [{**row, "email": f"{entered}.{row['email']}"} for row in rows]
        answer = owner.api.post(
            f"/lists/{list_id}/import-contacts", json={"contacts": contacts, "import_to": "active", **body}
        )
        assert answer.status == 201, answer.text
        platform.drain()
        assert len(waiting(journey)) == entered


def test_visitors_of_a_form_enter_when_they_sign_up_and_confirm(platform: Platform, owner: Owner, list_id: int) -> None:
    """Without a confirmation a visitor enters at once; with one, when the link of the mail is used, and once."""
    platform.clock.move(timedelta(days=1))  # limits of earlier tests are over
    journey = make_journey(owner, list_id, WAITING, trigger=Trigger.SUBSCRIBED)
    at_once, later = emails(list_id, 2)
    sign_up(make_form(owner, list_id=list_id, double_opt_in=False), at_once)
    sign_up(make_form(owner, list_id=list_id, double_opt_in=True), later)
    platform.drain()
    assert [row["email"] for row in waiting(journey)] == [at_once]
    path = confirmation_path(mails_to(platform, later)[0])
    for _ in range(2):
        Api().post(path)
    platform.drain()
    assert sorted((row["email"], row["entry"]) for row in waiting(journey)) == [(at_once, 1), (later, 1)]


def test_a_deleted_workflow_has_no_entries_of_contacts(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    ids = add_contacts(owner, list_id, *emails(list_id, 2))
    journey = make_journey(owner, list_id, [Step(), Step(parent=0, delay_s=3600)])
    journey.enter(*ids)
    pass_time(platform, MINUTE)
    journey.deactivate()
    assert owner.api.delete(f"/workflows/{journey.workflow.id}").status == 200
    journeys = bootstrap.journeys()
    assert journeys.entry(owner.account_id, journey.workflow.id, ids[0]) is not None
    pass_time(platform, HOUR)
    assert [journeys.entry(owner.account_id, journey.workflow.id, contact_id) for contact_id in ids] == [None, None]


def test_contacts_enter_when_they_unsubscribe(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    journey = make_journey(owner, list_id, [Step()], trigger=Trigger.UNSUBSCRIBED)
    left, complained = add_contacts(owner, list_id, *emails(list_id, 2))
    answer = owner.api.post(f"/lists/{list_id}/contacts/{left}/unsubscribe")
    assert answer.status == 200, answer.text
    bootstrap.contacts().mark_complained(owner.account_id, list_id, complained, event_id="c")
    platform.drain()
    assert journey.got(mailer) == {(0, left, 1): 1}
    owner.api.post(f"/lists/{list_id}/contacts/{left}/unsubscribe")
    platform.drain()
    assert journey.got(mailer) == {(0, left, 1): 1}


def test_the_log_and_the_report_of_an_action_have_all_entries(
    platform: Platform, mailer: MemoryMailer, owner: Owner, list_id: int
) -> None:
    first, second = add_contacts(owner, list_id, *emails(list_id, 2))
    journey = make_journey(owner, list_id, [Step()])
    for _ in range(2):
        journey.enter(first)
        platform.drain()
        pass_time(platform, MINUTE)
    journey.enter(second)
    pass_time(platform, MINUTE)
    journey.did(EventType.OPENED, 0, first, entry=1)
    journey.did(EventType.OPENED, 0, first, entry=2)
    journey.did(EventType.CLICKED, 0, second, link_id=1, url="https://example.com/offer")
    journey.did(EventType.OPENED, 0, second, is_bot=True)
    path = f"workflows/{journey.workflow.id}/actions/{journey.actions[0].id}"
    report = owner.api.get(f"/reports/{path}").json["data"]
    counted = {
        name: report[name] for name in ("sent_emails", "opens", "unique_opens", "implied_opens", "clicks", "unopens")
    }
    assert counted == {"sent_emails": 3, "opens": 2, "unique_opens": 2, "implied_opens": 1, "clicks": 1, "unopens": 0}
    log = owner.api.get(f"/logs/{path}", query={"filter": "type==sent"})
    assert log.status == 200, log.text
    assert sorted(row["contact_id"] for row in log.json["data"]) == [first, first, second]
    grouped = owner.api.get(f"/logs/{path}", query={"filter": "group_by_contact==1"}).json["data"]
    assert sorted((row["contact_id"], row["occurrences"]) for row in grouped) == [(first, 4), (second, 2)]
    other = make_workflow(owner, list_id=list_id)
    assert owner.api.get(f"/logs/workflows/{other}/actions/{journey.actions[0].id}").status == 400
    assert owner.api.get(f"/reports/workflows/{other}/actions/{journey.actions[0].id}").status == 400
