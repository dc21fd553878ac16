"""Measure how fast the local stack, deployed from its template, imports contacts and sends to them.

Settings: CONTACTS (5000), MAX_SEND_RATE (recipients per second that the SES endpoint admits, 1000).
"""

import os
import time

from infra.local.demo import HTML, Api, confirmed_sender, wait_for
from infra.local.stack import LocalStack

EMAIL, PASSWORD = "owner@example.com", "correct horse battery staple"
IMPORT_BATCH = 1000  # contacts of a call


def main() -> None:
    contacts = int(os.environ.get("CONTACTS") or 5000)
    stack = LocalStack(0, state_dir=None, say=print)
    try:
        started = time.monotonic()
        stack.start()
        stack.create_owner(EMAIL, PASSWORD)
        _print("start, deployment included", time.monotonic() - started)
        assert stack.ses is not None
        stack.ses.account.configure(max_send_rate=float(os.environ.get("MAX_SEND_RATE") or 1000))
        api = Api(stack.url)
        api.log_in(EMAIL, PASSWORD)
        sender_id = confirmed_sender(api, EMAIL)
        list_id = int(api.call("POST", "/lists", {"name": "Bench", "default_sender": {"id": sender_id}})["id"])
        api.call("POST", f"/lists/{list_id}/accept-policy")
        _import(api, list_id, contacts)
        _send(stack, api, list_id, sender_id, contacts)
    finally:
        stack.stop()


def _import(api: Api, list_id: int, contacts: int) -> None:
    started = time.monotonic()
    for first in range(0, contacts, IMPORT_BATCH):
        rows = [{"email": f"reader{n}@example.com"} for n in range(first, min(contacts, first + IMPORT_BATCH))]
        api.call("POST", f"/lists/{list_id}/import-contacts", {"contacts": rows})

    wait_for("the import", lambda: api.contact_count(list_id) == contacts)
    _print(f"import of {contacts} contacts", time.monotonic() - started, contacts)


def _send(stack: LocalStack, api: Api, list_id: int, sender_id: str, contacts: int) -> None:
    assert stack.ses is not None
    campaign = {
        "name": "Bench",
        "audience": {"list_id": list_id},
        "sender": {"id": sender_id},
        "content": {"type": "html", "subject": "Bench", "html": HTML, "default_unsubscribe_link": True},
    }
    campaign_id = api.call("POST", "/campaigns", campaign)["id"]
    before = len(stack.ses.accepted)
    api.call("POST", f"/campaigns/{campaign_id}/schedule")
    scheduled = time.monotonic()
    wait_for(
        "the campaign to be delivered",
        lambda: api.call("GET", f"/campaigns/{campaign_id}")["data"]["status"] == "delivered",
    )
    moments = [moment for moment, _ in list(stack.ses.accepted)[before:]]
    _print("schedule to first mail", moments[0] - scheduled)
    _print(f"first to last of {contacts} mails", moments[-1] - moments[0], len(moments))
    _print("schedule to status delivered", time.monotonic() - scheduled)


def _print(what: str, seconds: float, count: int | None = None) -> None:
    rate = f"  {count / seconds:8.0f}/s" if count and seconds else ""
    print(f"{what:40} {seconds:8.2f} s{rate}", flush=True)
