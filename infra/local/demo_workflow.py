"""The demo's story of a workflow: three people enter; one opens and clicks, one does nothing, one leaves.

The delays are seconds, which pass for real: an execution of the state machine sleeps until contacts are due.
"""

import re
import time
import uuid
from typing import Any

from infra.local import demo

DELAY_S = 15
"""Long enough to read the first mail, and for what is done with it to be recorded."""
PEOPLE = ("reader", "idler", "leaver")
HTML = """<html><body><p>Hello [first_name,dear reader]</p>
<p><a href="https://example.com/autumn">Look around</a></p><p><a href="[UNSUBSCRIBE]">Unsubscribe</a></p></body></html>"""
EXPECTED = {
    "reader": ["Welcome", "Since you opened it"],
    "idler": ["Welcome", "Did you miss it?"],
    "leaver": ["Welcome"],
}
"""The mails that the tree leads to, by person."""


def active_workflow(api: demo.Api, list_id: int, sender_id: str) -> tuple[str, list[str]]:
    """Make and activate a workflow of a welcome and two answers to it; return its id and those of its actions."""
    audience = {"list_id": list_id}
    workflow = {"name": "Demo: welcome", "trigger": "subscribed", "audience": audience}
    workflow_id = str(api.call("POST", "/workflows", workflow)["id"])
    action_ids: list[str] = []
    steps = (
        ("Welcome", "none", 0),
        ("Since you opened it", "opened", DELAY_S),
        ("Did you miss it?", "not_opened", DELAY_S),
    )
    for subject, condition, delay in steps:
        action = {
            "name": subject,
            "type": "email",
            "condition": condition,
            "delay": delay,
            "parent_id": action_ids[0] if action_ids else None,
            "email_settings": {"sender": {"id": sender_id}, "content": {"subject": subject, "html": HTML}},
        }
        action_ids.append(str(api.call("POST", f"/workflows/{workflow_id}/actions", action)["id"]))
    api.call("POST", f"/workflows/{workflow_id}/activate")
    return workflow_id, action_ids


def enter(api: demo.Api, list_id: int) -> dict[str, str]:
    """Add three people to the list, which lets them enter; return their addresses."""
    mark = uuid.uuid4().hex[:6]
    emails = {person: f"{person}.{mark}@example.com" for person in PEOPLE}
    for email in emails.values():
        api.call("POST", f"/lists/{list_id}/contacts", {"email": email})
    return emails


def play(api: demo.Api, emails: dict[str, str]) -> None:
    """Wait for the first mails; the reader opens and clicks, the leaver unsubscribes."""
    mails = {
        person: demo.wait_for("the first mail", lambda email=email: api.inbox(to=email))[0]
        for person, email in emails.items()
    }
    time.sleep(demo.READING_S)
    if pixel := mails["reader"].pixel(api.base):
        api.visit(pixel)
    for link in mails["reader"].links(api.base)[:1]:
        api.visit(link)
    target = re.search(r"<(https?://[^>]+)>", mails["leaver"].headers.get("List-Unsubscribe", ""))
    if target:
        api.submit(target.group(1), {"List-Unsubscribe": "One-Click"})


def _first_mail(api: demo.Api, email: str) -> demo.Mail:
    mail: demo.Mail = demo.wait_for("the first mail", lambda: api.inbox(to=email))[0]
    return mail


def subjects(api: demo.Api, emails: dict[str, str]) -> dict[str, list[str]]:
    """Return the subjects of the mails of each person."""
    return {person: sorted(mail.headers["Subject"] for mail in api.inbox(to=email)) for person, email in emails.items()}


def run(api: demo.Api, sender_id: str) -> dict[str, Any]:
    """Tell the story; return what came of it: `mails` by person, and the ids."""
    list_id = int(api.call("POST", "/lists", {"name": "Demo: newcomers", "default_sender": {"id": sender_id}})["id"])
    api.call("POST", f"/lists/{list_id}/accept-policy")
    workflow_id, action_ids = active_workflow(api, list_id, sender_id)
    emails = enter(api, list_id)
    play(api, emails)
    wanted = {person: sorted(mails) for person, mails in EXPECTED.items()}
    demo.wait_for("the mails of the workflow", lambda: subjects(api, emails) == wanted)
    return {
        "workflow_id": workflow_id,
        "action_ids": action_ids,
        "list_id": list_id,
        "emails": emails,
        "mails": subjects(api, emails),
    }
